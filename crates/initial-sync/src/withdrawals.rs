use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};
use sync_core::apply::{Settled, Subject};
use sync_core::domain::RoleId;
use sync_core::failure::Failure;
use sync_core::guard::{
    Asked, Directory, HeldPerson, Holders, KindsRefused, Occasion, Seen, Verdict, Withdrawal, counts_for, keep, review,
};
use sync_core::plan::{HeldBecause, UserPlan};
use sync_core::ports::{Allowances, Clock, Ending, Holds, Runs};

use crate::event::Observer;
use crate::stop::Stop;
use crate::work::Work;

/// How many records of what is kept back are written side by side.
const SIDE_BY_SIDE: usize = 16;

impl<D, L, C, O> Work<'_, D, L, C, O>
where
    L: Runs + Ending + Allowances + Holds,
    C: Clock,
    O: Observer,
{
    /// Everybody has been seen: what is to be taken away is taken, or kept back, all of a kind.
    pub(crate) async fn settle_withdrawals(&mut self) -> Result<(), Stop> {
        self.put_beyond_on_record().await?;
        let (mut asked, mut plans): (Vec<Asked>, Vec<(Subject, UserPlan)>) = (Vec::new(), Vec::new());
        for (subject, plan) in self.set_aside.waiting() {
            if let Some(withdrawal) = Withdrawal::of(&plan) {
                let counts_for = self.counts_for(&withdrawal);
                asked.push(Asked { withdrawal, held: None, counts_for });
                plans.push((subject, plan));
            }
        }
        if asked.is_empty() {
            return Ok(());
        }
        let mut refused = self.record.refused;
        let occasion = Occasion::Run { began: self.record.began, directory: self.directory_seen(), refused };
        // Who else holds a role, the user flow finds out: it looks more closely than a run.
        let bounds = (self.limits, &Holders::untold(self.mapping));
        let rulings = review(self.ledger, self.clock, bounds, occasion, &asked).await?;

        let by = (&self.record.id, self.clock.now());
        let mut held = Vec::new();
        for (((subject, plan), asked), &ruling) in plans.iter_mut().zip(&asked).zip(&rulings) {
            for kind in asked.withdrawal.kinds() {
                if matches!(ruling.of(kind), Verdict::KeptBack(because) if because.waits()) {
                    refused.add(kind);
                }
            }
            if ruling.is_unseen() {
                self.doubtful.push(plan.user);
            }
            let seen = Seen { gone: subject.is_deleted(), ..Seen::WHOLE };
            held.extend(keep(plan, Some(ruling), None, seen, by).before);
        }
        self.put_on_record(refused, held).await?;
        let mut batch = Vec::new();
        for (subject, plan) in plans {
            if !self.is_listed_wrongly(&plan) && plan.is_empty() {
                self.note(&Settled { deleted: subject.is_deleted(), ..Settled::left_alone(plan) });
            } else {
                batch.push((subject, plan));
                self.carry_out_full(&mut batch).await?;
            }
        }
        self.carry_out(batch).await
    }

    /// The roles that must keep holders of which somebody is one who is to lose something.
    pub(crate) fn counts_for(&self, withdrawal: &Withdrawal) -> BTreeSet<RoleId> {
        if !self.limits.minimum_holders || self.mapping.minimum_holders().next().is_none() {
            return BTreeSet::new();
        }
        // By his id alone: whoever is only about to be linked has been given nothing.
        let found = self.index.candidates(withdrawal.user, None).by_external_id;
        counts_for(found.iter().find(|account| account.id == withdrawal.account), self.mapping)
    }

    /// Those who are beyond any limit need not wait for the others to be on record.
    pub(crate) async fn put_beyond_on_record(&mut self) -> Result<(), Stop> {
        let mut refused = self.record.refused;
        let mut held = Vec::new();
        for (withdrawal, gone) in self.set_aside.beyond() {
            withdrawal.kinds().for_each(|kind| refused.add(kind));
            held.push(HeldPerson {
                withdrawal,
                because: HeldBecause::Limit,
                since: self.clock.now(),
                by: self.record.id.clone(),
                gone,
                approval: None,
            });
        }
        self.put_on_record(refused, held).await
    }

    /// Before anything else is written: whoever is killed then leaves a record of what he did not do. And before that, that it is
    /// refused: of those who are not on record yet, the next attempt is to grant none for being fewer.
    async fn put_on_record(&mut self, refused: KindsRefused, held: Vec<HeldPerson>) -> Result<(), Stop> {
        if held.is_empty() {
            return Ok(());
        }
        if self.record.refused != refused {
            self.record.refused = refused;
            self.checkpoint(Vec::new()).await?;
        }
        let (ledger, read_at) = (self.ledger, self.read_at);
        let holds = stream::iter(held).map(move |held| async move {
            let is_all = ledger.hold_new(&held, read_at).await?;
            Ok::<_, Failure>((!is_all).then_some(held.withdrawal.user))
        });
        let looked_at = holds.buffer_unordered(SIDE_BY_SIDE).try_collect::<Vec<_>>();
        let looked_at = self.hold(async { Ok(looked_at.await?) }).await?;
        self.doubtful.extend(looked_at.into_iter().flatten());
        Ok(())
    }

    fn directory_seen(&self) -> Directory {
        let unseen = self.index.unseen().filter(|(_, account)| account.is_active != Some(false)).count();
        let (linked, in_use) = self.index.linked();
        Directory { linked, in_use, unseen: unseen as u64 }
    }
}
