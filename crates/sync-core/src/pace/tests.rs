use super::*;

const MILLISECOND: Duration = Duration::from_millis(1);
const LATENCY: Duration = Duration::from_millis(60);

/// A service with a limit, asked through a pace by a client that always has something to send.
struct Trial {
    pace: Pace,
    now: Duration,
    on_the_way: Vec<Request>,
    dice: fastrand::Rng,
    accepted: u64,
    refused: u64,
}

struct Request {
    sent: Duration,
    arrives: Duration,
    returns: Duration,
    accepted: Option<bool>,
}

impl Trial {
    fn new(limits: PaceLimits) -> Self {
        let pace = Pace::new(limits);
        let dice = fastrand::Rng::with_seed(7);
        Self { pace, now: Duration::ZERO, on_the_way: Vec::new(), dice, accepted: 0, refused: 0 }
    }

    /// `latency` is how long a request takes at least; it may take four times as long, an eighth of it before it arrives.
    fn run(
        &mut self,
        seconds: u64,
        retry_after: Option<Duration>,
        latency: Duration,
        mut service: impl FnMut(Duration) -> bool,
    ) {
        let end = self.now + Duration::from_secs(seconds);
        while self.now < end {
            let now = self.now;
            for request in &mut self.on_the_way {
                if request.accepted.is_none() && request.arrives <= now {
                    let accepted = service(now);
                    request.accepted = Some(accepted);
                    *(if accepted { &mut self.accepted } else { &mut self.refused }) += 1;
                }
            }
            for request in self.on_the_way.extract_if(.., |request| request.returns <= now) {
                if request.accepted == Some(true) {
                    self.pace.accept(now, now.checked_sub(request.sent).unwrap());
                } else {
                    self.pace.refuse(now, request.sent, retry_after);
                }
            }
            if self.pace.admit(now).is_ok() {
                let takes = latency.mul_f64(1.0 + 3.0 * self.dice.f64());
                self.on_the_way.push(Request {
                    sent: now,
                    arrives: now + takes / 8,
                    returns: now + takes,
                    accepted: None,
                });
            }
            self.now += MILLISECOND;
        }
    }
}

type Service = Box<dyn FnMut(Duration) -> bool>;

fn token_bucket(per_second: f64, burst: f64) -> impl FnMut(Duration) -> bool {
    let (mut tokens, mut last) = (burst, Duration::ZERO);
    move |now| {
        tokens = (tokens + now.checked_sub(last).unwrap().as_secs_f64() * per_second).min(burst);
        last = now;
        let accepted = tokens >= 1.0;
        tokens -= if accepted { 1.0 } else { 0.0 };
        accepted
    }
}

fn fixed_window(per_second: u64) -> impl FnMut(Duration) -> bool {
    let (mut window, mut count) = (0, 0);
    move |now| {
        if now.as_secs() != window {
            (window, count) = (now.as_secs(), 0);
        }
        count += 1;
        count <= per_second
    }
}

#[test]
fn the_limit_is_found_and_used() {
    for retry_after in [Some(Duration::from_secs(1)), None] {
        // What a service bears that forgives no burst at all is less than its limit: requests arrive unevenly.
        let services: [(&str, u64, Service); 3] = [
            ("token bucket", 97, Box::new(token_bucket(25.0, 25.0))),
            ("fixed window", 91, Box::new(fixed_window(25))),
            ("bucket of two", 60, Box::new(token_bucket(25.0, 2.0))),
        ];
        for (name, percent, service) in services {
            let mut trial = Trial::new(PaceLimits::default());
            trial.run(300, retry_after, LATENCY, service);
            let all = trial.accepted + trial.refused;
            assert!(trial.accepted * 100 >= 25 * 300 * percent, "{name}, {retry_after:?}: {} accepted", trial.accepted);
            assert!(trial.refused * 100 < all, "{name}, {retry_after:?}: {} of {all} refused", trial.refused);
        }
    }
}

#[test]
fn a_raised_limit_is_found_within_minutes() {
    let mut trial = Trial::new(PaceLimits::default());
    trial.run(60, Some(Duration::from_secs(1)), LATENCY, token_bucket(10.0, 10.0));
    trial.run(180, Some(Duration::from_secs(1)), LATENCY, |_| true);
    assert!(trial.pace.rate() > 50.0, "{}", trial.pace.rate());
}

#[test]
fn the_ceiling_is_never_exceeded() {
    let mut trial = Trial::new(PaceLimits { start: 10.0, ceiling: 40.0 });
    trial.run(20, None, LATENCY, |_| true);
    assert!(trial.accepted <= 40 * 20 && trial.accepted > 40 * 17, "{}", trial.accepted);
}

#[test]
fn a_service_that_slows_down_is_spared() {
    let mut trial = Trial::new(PaceLimits { start: 50.0, ceiling: 50.0 });
    trial.run(5, None, LATENCY, |_| true);
    assert!(trial.pace.rate() > 49.0);
    trial.run(20, None, Duration::from_secs(3), |_| true);
    assert!(trial.pace.rate() < 25.0, "{}", trial.pace.rate());
}

#[test]
fn a_service_that_refuses_everything_is_asked_ever_more_rarely() {
    let mut trial = Trial::new(PaceLimits::default());
    trial.run(600, None, LATENCY, |_| false);
    assert!(trial.refused < 40, "{}", trial.refused);
}

#[test]
fn a_service_that_says_how_long_is_left_alone_for_so_long() {
    let mut pace = Pace::new(PaceLimits::default());
    pace.admit(Duration::ZERO).unwrap();
    pace.refuse(LATENCY, Duration::ZERO, Some(Duration::from_mins(2)));
    assert_eq!(pace.admit(LATENCY), Err(Duration::from_mins(2) + LATENCY));
}

#[test]
fn a_service_that_asks_for_a_year_is_asked_again_after_minutes() {
    for asked in [Duration::from_hours(8_766), Duration::MAX] {
        let mut pace = Pace::new(PaceLimits::default());
        pace.admit(Duration::ZERO).unwrap();
        pace.refuse(LATENCY, Duration::ZERO, Some(asked));
        assert_eq!(pace.admit(LATENCY), Err(LONGEST_ASKED + LATENCY));
    }
}

#[test]
fn an_idle_client_does_not_grow_its_pace() {
    let mut pace = Pace::new(PaceLimits::default());
    for second in 0..100 {
        let now = Duration::from_secs(second);
        pace.admit(now).unwrap();
        pace.accept(now + LATENCY, LATENCY);
    }
    assert!((pace.rate() - 10.0).abs() < f64::EPSILON);
}
