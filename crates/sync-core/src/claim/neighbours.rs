use crate::apply::Settled;
use crate::domain::DirectoryUserId;
use crate::plan::Reason;
use crate::ports::Waiting;

/// For whom a person waits, by what became of him: one who holds the account with his address, or who carries the same one.
/// When these move, nothing announces it for him.
#[must_use]
pub fn waits_for(settled: &Settled) -> Vec<(DirectoryUserId, Waiting)> {
    let me = settled.user;
    let mut neighbours = Vec::new();
    for reason in &settled.reasons {
        match reason {
            Reason::EmailHeld { linked_to: Some(holder), .. } if *holder != me => {
                neighbours.push((*holder, Waiting::ForAccount(me)));
            }
            Reason::EmailSharedInDirectory(rivals) => {
                neighbours.extend(rivals.iter().map(|&rival| (rival, Waiting::ForRival(me))));
            }
            _ => {}
        }
    }
    neighbours
}

/// Whether somebody with these reasons waits for anybody.
#[must_use]
pub fn is_waiting(reasons: &[Reason]) -> bool {
    reasons.iter().any(|reason| {
        matches!(reason, Reason::EmailHeld { linked_to: Some(_), .. } | Reason::EmailSharedInDirectory(_))
    })
}

/// Whether what became of `settled` may free somebody who waits for him. `announced` is whether a change of his was announced,
/// and so might have been written before a crash. Two never wake each other for ever: somebody who was looked at only because
/// of a neighbour wakes others only when his account has given its address up.
#[must_use]
pub fn freed(waiting: Waiting, settled: &Settled, announced: bool) -> bool {
    match waiting {
        Waiting::ForAccount(_) => announced || settled.new_email.is_some(),
        Waiting::ForRival(user) => !settled.reasons.iter().any(|reason| match reason {
            Reason::EmailSharedInDirectory(rivals) => rivals.contains(&user),
            _ => false,
        }),
    }
}
