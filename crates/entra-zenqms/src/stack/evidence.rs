use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{ContinuousBackupsDescription, TableDescription};

use super::unreachable::Unreachable;

/// The table of the evidence, as DynamoDB tells of it.
pub(crate) struct EvidenceTable {
    pub(super) client: Client,
    /// Its name.
    pub(crate) name: String,
    pub(super) acting_as: String,
}

impl EvidenceTable {
    /// How it is kept; none where there is none.
    ///
    /// # Errors
    /// Why that cannot be seen, with the cure.
    pub(crate) async fn described(&self) -> anyhow::Result<Option<TableDescription>> {
        let told = self.client.describe_table().table_name(&self.name).send().await;
        match told {
            Ok(told) => Ok(told.table),
            Err(error) => Ok(self.absent(&error, "dynamodb:DescribeTable")?),
        }
    }

    /// How far back it can be had; none where there is none.
    ///
    /// # Errors
    /// Why that cannot be seen, with the cure.
    pub(crate) async fn backed_up(&self) -> anyhow::Result<Option<ContinuousBackupsDescription>> {
        let told = self.client.describe_continuous_backups().table_name(&self.name).send().await;
        match told {
            Ok(told) => Ok(told.continuous_backups_description),
            Err(error) => Ok(self.absent(&error, "dynamodb:DescribeContinuousBackups")?),
        }
    }

    fn absent<T, E, R>(&self, error: &SdkError<E, R>, right: &'static str) -> Result<Option<T>, Unreachable>
    where
        E: ProvideErrorMetadata,
    {
        let silent = |why: String| Unreachable::Silent { service: "DynamoDB", why };
        let SdkError::ServiceError(refused) = error else { return Err(silent(error.to_string())) };
        match refused.err().code().unwrap_or_default() {
            "ResourceNotFoundException" | "TableNotFoundException" => Ok(None),
            code => Err(Unreachable::by_code(code, right, &self.acting_as).unwrap_or_else(|| silent(code.to_owned()))),
        }
    }
}
