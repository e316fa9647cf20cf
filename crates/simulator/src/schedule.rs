/// Which calls something strikes.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pub(crate) first: u64,
    /// `None`: for ever.
    pub(crate) times: Option<u64>,
    /// The chance of each call, and the dice.
    pub(crate) share: Option<(f64, fastrand::Rng)>,
    seen: u64,
    struck: u64,
}

impl Default for Schedule {
    fn default() -> Self {
        Self { first: 1, times: Some(1), share: None, seen: 0, struck: 0 }
    }
}

impl Schedule {
    /// Counts a call and says whether it is one to strike.
    pub(crate) fn sees_a_call(&mut self) -> bool {
        self.seen += 1;
        let due = self.seen >= self.first && self.times.is_none_or(|times| self.struck < times);
        // The dice are thrown for every call that might be struck, so that a seed means the same calls every time.
        due && self.share.as_mut().is_none_or(|(share, dice)| dice.f64() < *share)
    }

    /// Says that the call was struck.
    pub(crate) fn strikes(&mut self) {
        self.struck += 1;
    }
}
