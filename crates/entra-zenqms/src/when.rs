//! Times, as they are told to people.

use jiff::{SignedDuration, Timestamp};

/// How long ago something was.
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> String {
    format!("{} ago", length(now.duration_since(at)))
}

/// A time, to the minute.
pub(crate) fn at(time: Timestamp) -> String {
    format!("{} UTC", time.strftime("%Y-%m-%d %H:%M"))
}

/// A time, and how far it is away.
pub(crate) fn at_and_in(at: Timestamp, now: Timestamp) -> String {
    let distance = if at > now { format!("in {}", length(at.duration_since(now))) } else { ago(at, now) };
    format!("{}, {distance}", self::at(at))
}

/// A length in its two largest units.
fn length(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    match (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0, seconds) => format!("{seconds} s"),
        (0, 0, minutes, _) => format!("{minutes} min"),
        (0, hours, minutes, _) => format!("{hours} h {minutes} min"),
        (days, hours, _, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_two_units_at_most() {
        let told = |seconds| length(SignedDuration::from_secs(seconds));
        assert_eq!(
            [-5, 0, 59, 60, 3_599, 3_600, 90_000, 864_000].map(told),
            ["0 s", "0 s", "59 s", "1 min", "59 min", "1 h 0 min", "1 d 1 h", "10 d 0 h"]
        );
    }

    #[test]
    fn a_time_is_told_with_its_distance_either_way() {
        let now: Timestamp = "2026-11-25T08:00:00Z".parse().unwrap();
        let told = |hours| at_and_in(now + SignedDuration::from_hours(hours), now);
        assert_eq!(told(5), "2026-11-25 13:00 UTC, in 5 h 0 min");
        assert_eq!(told(-24), "2026-11-24 08:00 UTC, 1 d 0 h ago");
    }
}
