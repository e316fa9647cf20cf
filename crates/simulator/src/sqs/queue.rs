//! One FIFO queue. Everything takes the time as a parameter.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::QueueSettings;

/// How long a deduplication id is remembered.
const DEDUPLICATION: Duration = Duration::from_mins(5);
/// How long a message may stay in flight after it was received.
const LONGEST_FLIGHT: Duration = Duration::from_hours(12);

#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) sequence: u64,
    pub(super) id: String,
    pub(super) body: Arc<str>,
    pub(super) group: Arc<str>,
    pub(super) deduplication: Arc<str>,
    pub(super) sent: Instant,
    pub(super) receive_count: u32,
    pub(super) first_received: Option<Instant>,
    received: Option<Instant>,
    /// The number of the receive that delivered it last.
    pub(super) receipt: u64,
    in_flight_until: Option<Instant>,
}

impl Message {
    pub(super) fn is_in_flight(&self) -> bool {
        self.in_flight_until.is_some()
    }
}

/// What a sender hands over.
pub(super) struct NewMessage {
    pub(super) id: String,
    pub(super) body: Arc<str>,
    pub(super) group: Arc<str>,
    pub(super) deduplication: Arc<str>,
}

/// What became of a message that was sent: where it was met before, the answer of then.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) id: String,
    pub(super) sequence: u64,
}

/// What a receipt handle does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stale {
    /// The message was received again, or is visible again.
    Expired,
    /// The message is not there any more.
    Gone,
    /// It would be in flight for longer than SQS allows.
    TooLong,
}

#[derive(Debug, Default)]
struct Group {
    messages: BTreeMap<u64, Message>,
    in_flight: usize,
    /// Its entry among the groups that can be delivered from.
    listed: Option<u64>,
}

type DeduplicationKey = (Option<Arc<str>>, Arc<str>);

#[derive(Debug)]
pub(super) struct Queue {
    pub(super) name: String,
    pub(super) settings: QueueSettings,
    groups: HashMap<Arc<str>, Group>,
    /// The group of every message, oldest first.
    order: BTreeMap<u64, Arc<str>>,
    /// The first message of each group of which none is in flight.
    ready: BTreeSet<u64>,
    deadlines: BTreeSet<(Instant, u64)>,
    recent: HashMap<DeduplicationKey, Sent>,
    forgets: VecDeque<(Instant, DeduplicationKey)>,
    sequence: u64,
    receipts: u64,
}

impl Queue {
    pub(super) fn new(name: String, settings: QueueSettings) -> Self {
        Self {
            name,
            settings,
            groups: HashMap::new(),
            order: BTreeMap::new(),
            ready: BTreeSet::new(),
            deadlines: BTreeSet::new(),
            recent: HashMap::new(),
            forgets: VecDeque::new(),
            sequence: 0,
            receipts: 0,
        }
    }

    /// Lets everything happen that is due by now. Everything else relies on it.
    pub(super) fn settle(&mut self, now: Instant) {
        while let Some(&(until, sequence)) = self.deadlines.first()
            && until <= now
        {
            self.deadlines.pop_first();
            if let Some(group) = self.order.get(&sequence).cloned() {
                if let Some(state) = self.groups.get_mut(&group) {
                    state.in_flight = state.in_flight.saturating_sub(1);
                    if let Some(message) = state.messages.get_mut(&sequence) {
                        message.in_flight_until = None;
                    }
                }
                self.list(&group);
            }
        }
        while let Some((sequence, sent)) = self.oldest()
            && now.duration_since(sent) >= self.settings.retention
        {
            self.remove(sequence);
        }
        while let Some((sent, _)) = self.forgets.front()
            && now.duration_since(*sent) >= DEDUPLICATION
        {
            if let Some((_, key)) = self.forgets.pop_front() {
                self.recent.remove(&key);
            }
        }
    }

    /// Takes a message in, unless it was met within the last five minutes.
    pub(super) fn send(&mut self, message: NewMessage, now: Instant) -> Sent {
        let scope = self.settings.deduplication_per_group.then(|| message.group.clone());
        let key = (scope, message.deduplication.clone());
        if let Some(sent) = self.recent.get(&key) {
            return sent.clone();
        }
        let sent = Sent { id: message.id.clone(), sequence: self.append(message, 0, now) };
        self.recent.insert(key.clone(), sent.clone());
        self.forgets.push_back((now, key));
        sent
    }

    /// Takes in what another queue gave up. Its retention begins anew, as for FIFO queues.
    pub(super) fn bury(&mut self, message: Message, now: Instant) {
        let Message { id, body, group, deduplication, receive_count, .. } = message;
        self.append(NewMessage { id, body, group, deduplication }, receive_count, now);
    }

    /// Receives up to `most` messages: as many as possible of the first group that is ready, then of the next. Those
    /// received `limit` times already are taken out instead and come second.
    pub(super) fn receive(
        &mut self,
        most: usize,
        visibility: Duration,
        limit: Option<u32>,
        now: Instant,
    ) -> (Vec<Message>, Vec<Message>) {
        let is_dead = |message: &Message| limit.is_some_and(|limit| message.receive_count >= limit);
        let until = now + visibility.min(LONGEST_FLIGHT);
        let (mut received, mut dead) = (Vec::new(), Vec::new());
        while received.len() < most
            && let Some(&head) = self.ready.first()
            && let Some(name) = self.order.get(&head).cloned()
            && let Some(group) = self.groups.get_mut(&name)
        {
            if group.messages.get(&head).is_some_and(is_dead) {
                dead.extend(self.remove(head));
                continue;
            }
            for message in group.messages.values_mut().take_while(|message| !is_dead(message)) {
                if received.len() == most {
                    break;
                }
                self.receipts += 1;
                message.receipt = self.receipts;
                message.receive_count = message.receive_count.saturating_add(1);
                message.first_received.get_or_insert(now);
                message.received = Some(now);
                message.in_flight_until = Some(until);
                self.deadlines.insert((until, message.sequence));
                group.in_flight += 1;
                received.push(message.clone());
            }
            self.list(&name);
        }
        (received, dead)
    }

    /// Deletes what is in flight under this receipt. What is gone already counts as deleted.
    pub(super) fn delete(&mut self, sequence: u64, receipt: u64) -> Result<(), Stale> {
        match self.message_mut(sequence) {
            None => Ok(()),
            Some(message) if message.receipt == receipt && message.is_in_flight() => {
                self.remove(sequence);
                Ok(())
            }
            Some(_) => Err(Stale::Expired),
        }
    }

    /// Lets a message in flight become visible `visibility` from now.
    pub(super) fn change_visibility(
        &mut self,
        sequence: u64,
        receipt: u64,
        visibility: Duration,
        now: Instant,
    ) -> Result<(), Stale> {
        let message = self.message_mut(sequence).ok_or(Stale::Gone)?;
        let (Some(until), Some(received), true) =
            (message.in_flight_until, message.received, message.receipt == receipt)
        else {
            return Err(Stale::Expired);
        };
        if now.duration_since(received) + visibility > LONGEST_FLIGHT {
            return Err(Stale::TooLong);
        }
        message.in_flight_until = Some(now + visibility);
        self.deadlines.remove(&(until, sequence));
        self.deadlines.insert((now + visibility, sequence));
        self.settle(now);
        Ok(())
    }

    /// Whether a receive would find something.
    pub(super) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    pub(super) fn visible(&self) -> usize {
        self.order.len().saturating_sub(self.in_flight())
    }

    pub(super) fn in_flight(&self) -> usize {
        self.deadlines.len()
    }

    /// When something happens next without anybody's doing.
    pub(super) fn next_event(&self) -> Option<Instant> {
        let visible = self.deadlines.first().map(|(until, _)| *until);
        let gone = self.oldest().and_then(|(_, sent)| sent.checked_add(self.settings.retention));
        visible.into_iter().chain(gone).min()
    }

    /// All messages, oldest first.
    pub(super) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.order.iter().filter_map(|(sequence, group)| self.groups.get(group)?.messages.get(sequence))
    }

    fn append(&mut self, message: NewMessage, receive_count: u32, now: Instant) -> u64 {
        self.sequence += 1;
        let (sequence, group) = (self.sequence, message.group.clone());
        self.order.insert(sequence, group.clone());
        let message = Message {
            sequence,
            id: message.id,
            body: message.body,
            group: message.group,
            deduplication: message.deduplication,
            sent: now,
            receive_count,
            first_received: None,
            received: None,
            receipt: 0,
            in_flight_until: None,
        };
        self.groups.entry(group.clone()).or_default().messages.insert(sequence, message);
        self.list(&group);
        sequence
    }

    fn oldest(&self) -> Option<(u64, Instant)> {
        self.messages().next().map(|message| (message.sequence, message.sent))
    }

    fn message_mut(&mut self, sequence: u64) -> Option<&mut Message> {
        self.groups.get_mut(self.order.get(&sequence)?)?.messages.get_mut(&sequence)
    }

    fn remove(&mut self, sequence: u64) -> Option<Message> {
        let name = self.order.remove(&sequence)?;
        let group = self.groups.get_mut(&name)?;
        let message = group.messages.remove(&sequence)?;
        if let Some(until) = message.in_flight_until {
            self.deadlines.remove(&(until, sequence));
            group.in_flight = group.in_flight.saturating_sub(1);
        }
        self.list(&name);
        Some(message)
    }

    /// Lists a group by its first message if it can be delivered from, and forgets it once it is empty.
    fn list(&mut self, name: &Arc<str>) {
        let Some(group) = self.groups.get_mut(name) else { return };
        let head = if group.in_flight == 0 { group.messages.keys().next().copied() } else { None };
        if let Some(listed) = group.listed {
            self.ready.remove(&listed);
        }
        self.ready.extend(head);
        group.listed = head;
        if group.messages.is_empty() {
            self.groups.remove(name);
        }
    }
}
