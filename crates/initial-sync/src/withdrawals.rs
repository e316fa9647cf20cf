use futures::{StreamExt, TryStreamExt, stream};
use sync_core::apply::{Settled, Subject};
use sync_core::failure::Failure;
use sync_core::guard::{
    Asked, Directory, HeldPerson, KindsRefused, Occasion, Seen, Verdict, Withdrawal, keep, review, who_else_holds,
};
use sync_core::plan::{HeldBecause, UserPlan};
use sync_core::ports::{AccountsFind, Allowances, Clock, Ending, GroupMembers, Holds, Runs};

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
    pub(crate) async fn settle_withdrawals<A>(&mut self, accounts: &A) -> Result<(), Stop>
    where
        A: AccountsFind,
        D: GroupMembers,
    {
        self.put_beyond_on_record().await?;
        let (mut asked, mut plans): (Vec<Asked>, Vec<(Subject, UserPlan)>) = (Vec::new(), Vec::new());
        for (subject, plan) in self.set_aside.waiting() {
            if let Some(withdrawal) = Withdrawal::of(&plan) {
                let found = self.index.candidates(plan.user, subject.email());
                let account = found.by_external_id.iter().chain(&found.by_email);
                let account = account.into_iter().find(|account| account.id == withdrawal.account);
                asked.push(Asked::new(withdrawal, None, account, self.mapping));
                plans.push((subject, plan));
            }
        }
        if asked.is_empty() {
            return Ok(());
        }
        let mut refused = self.record.refused;
        let occasion = Occasion::Run { began: self.record.began, directory: self.directory_seen(), refused };
        let (directory, by, limits) = (self.directory, (self.mapping, self.nesting), self.limits);
        let asking = who_else_holds(directory, accounts, by, limits, &asked);
        let holders = self.hold(async { Ok(asking.await?) }).await?;
        let rulings = review(self.ledger, self.clock, (limits, &holders), occasion, &asked).await?;

        let by = (&self.record.id, self.clock.now());
        let mut held = Vec::new();
        for (((subject, plan), asked), &ruling) in plans.iter_mut().zip(&asked).zip(&rulings) {
            for kind in asked.withdrawal.kinds() {
                let is_refused = |because: HeldBecause| because.waits() && because != HeldBecause::TooFewHolders;
                if matches!(ruling.of(kind), Verdict::KeptBack(because) if is_refused(because)) {
                    refused.add(kind);
                }
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
