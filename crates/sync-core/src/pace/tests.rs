use super::*;

const MILLISECOND: Duration = Duration::from_millis(1);
const LATENCY: Duration = Duration::from_millis(80);

/// A service with a limit, asked through a pace by a client that always has something to send.
struct Trial {
    pace: Pace,
    now: Duration,
    in_flight: VecDeque<(Duration, Duration, bool)>,
    accepted: u64,
    refused: u64,
}

impl Trial {
    fn new(limits: PaceLimits) -> Self {
        Self { pace: Pace::new(limits), now: Duration::ZERO, in_flight: VecDeque::new(), accepted: 0, refused: 0 }
    }

    fn run(
        &mut self,
        seconds: u64,
        retry_after: Option<Duration>,
        latency: impl Fn(Duration) -> Duration,
        mut service: impl FnMut(Duration) -> bool,
    ) {
        let end = self.now + Duration::from_secs(seconds);
        while self.now < end {
            while let Some(&(sent, done, accepted)) = self.in_flight.front() {
                if done > self.now {
                    break;
                }
                self.in_flight.pop_front();
                if accepted {
                    self.pace.accept(self.now, done - sent);
                } else {
                    self.pace.refuse(self.now, sent, retry_after);
                }
            }
            if self.pace.admit(self.now).is_ok() {
                let accepted = service(self.now);
                *(if accepted { &mut self.accepted } else { &mut self.refused }) += 1;
                self.in_flight.push_back((self.now, self.now + latency(self.now), accepted));
            }
            self.now += MILLISECOND;
        }
    }
}

fn token_bucket(per_second: f64, burst: f64) -> impl FnMut(Duration) -> bool {
    let (mut tokens, mut last) = (burst, Duration::ZERO);
    move |now| {
        tokens = (tokens + (now - last).as_secs_f64() * per_second).min(burst);
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
        let services: [(&str, Box<dyn FnMut(Duration) -> bool>); 3] = [
            ("token bucket", Box::new(token_bucket(25.0, 25.0))),
            ("small bucket", Box::new(token_bucket(25.0, 2.0))),
            ("fixed window", Box::new(fixed_window(25))),
        ];
        for (name, service) in services {
            let mut trial = Trial::new(PaceLimits::default());
            trial.run(300, retry_after, |_| LATENCY, service);
            let all = trial.accepted + trial.refused;
            assert!(trial.accepted >= 25 * 300 * 9 / 10, "{name}, {retry_after:?}: {} accepted", trial.accepted);
            assert!(trial.refused * 100 < all, "{name}, {retry_after:?}: {} of {all} refused", trial.refused);
        }
    }
}

#[test]
fn a_raised_limit_is_found_within_minutes() {
    let mut trial = Trial::new(PaceLimits::default());
    trial.run(60, Some(Duration::from_secs(1)), |_| LATENCY, token_bucket(10.0, 10.0));
    trial.run(180, Some(Duration::from_secs(1)), |_| LATENCY, |_| true);
    assert!(trial.pace.rate() > 50.0, "{}", trial.pace.rate());
}

#[test]
fn the_ceiling_is_never_exceeded() {
    let mut trial = Trial::new(PaceLimits { start: 10.0, ceiling: 40.0 });
    trial.run(20, None, |_| LATENCY, |_| true);
    assert!(trial.accepted <= 40 * 20 && trial.accepted > 40 * 17, "{}", trial.accepted);
}

#[test]
fn a_service_that_slows_down_is_spared() {
    let mut trial = Trial::new(PaceLimits { start: 50.0, ceiling: 50.0 });
    trial.run(5, None, |_| LATENCY, |_| true);
    assert!(trial.pace.rate() > 49.0);
    trial.run(10, None, |_| Duration::from_secs(3), |_| true);
    assert!(trial.pace.rate() < 25.0, "{}", trial.pace.rate());
}

#[test]
fn a_service_that_refuses_everything_is_asked_ever_more_rarely() {
    let mut trial = Trial::new(PaceLimits::default());
    trial.run(600, None, |_| LATENCY, |_| false);
    assert!(trial.refused < 40, "{}", trial.refused);
}

#[test]
fn a_service_that_says_how_long_is_left_alone_for_so_long() {
    let mut pace = Pace::new(PaceLimits::default());
    pace.admit(Duration::ZERO).unwrap();
    pace.refuse(LATENCY, Duration::ZERO, Some(Duration::from_secs(120)));
    assert_eq!(pace.admit(LATENCY), Err(Duration::from_secs(120) + LATENCY));
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
