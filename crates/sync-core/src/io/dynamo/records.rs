use aws_sdk_dynamodb::types::AttributeValue;

use crate::domain::DirectoryUserId;
use crate::failure::Failure;
use crate::ports::{Holds, Known, PersonRecord, Records};

use super::Ledger;
use super::failure::cause;
use super::people::{known, look_key};
use super::table::{Key, PK, SK};

impl Records for Ledger {
    async fn record(&self, user: DirectoryUserId) -> Result<PersonRecord, Failure> {
        let (link, known, held, parked, exception) = futures::try_join!(
            self.link(user),
            self.known(user),
            self.held(user),
            self.parked(user),
            self.exception(user)
        )?;
        Ok(PersonRecord { link, known, held, parked, exception })
    }
}

impl Ledger {
    async fn known(&self, user: DirectoryUserId) -> Result<Known, Failure> {
        let Key { pk, sk } = look_key(user);
        let item = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(PK, AttributeValue::S(pk))
            .key(SK, AttributeValue::S(sk))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| Failure::new(format!("reading the last look at directory user {user}"), cause(&error)))?;
        Ok(item.item.as_ref().map(known).unwrap_or_default())
    }
}
