use super::cloudformation::Outputs;
use super::unreachable::Unreachable;

/// What was deployed, as the stack tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deployment {
    /// How CloudFormation says that the stack stands.
    pub(crate) status: String,
    /// The function whose settings tell how both services are reached.
    pub(crate) function: String,
    /// Where Graph is to send notifications.
    pub(crate) notification_url: String,
    /// The mapping, or where it is.
    pub(crate) mapping: String,
    /// The minutes between two sweeps.
    pub(crate) sweep_minutes: i64,
}

/// The template's default.
const SWEEP_MINUTES: i64 = 15;

impl Deployment {
    pub(super) fn of(outputs: &Outputs) -> Result<Self, Unreachable> {
        let sweep_minutes = outputs.parameter("SweepIntervalMinutes").and_then(|minutes| minutes.parse().ok());
        Ok(Self {
            status: outputs.status.clone(),
            function: outputs.required("InitialSyncFunctionName")?.to_owned(),
            notification_url: outputs.required("NotificationUrl")?.to_owned(),
            mapping: outputs.parameter("GroupRoleMapping").unwrap_or("{}").to_owned(),
            sweep_minutes: sweep_minutes.unwrap_or(SWEEP_MINUTES),
        })
    }
}
