use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::failure::Cause;

/// What a failed DynamoDB call means. The SDK has repeated it already where that is of use.
pub(super) fn cause<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Cause {
    match error {
        SdkError::DispatchFailure(_) => Cause::Unreachable("DynamoDB cannot be reached".to_owned()),
        SdkError::TimeoutError(_) => Cause::AnswerLost("DynamoDB did not answer in time".to_owned()),
        SdkError::ServiceError(_) => by_code(error.code().unwrap_or_default()),
        _ => Cause::AnswerLost("DynamoDB's answer cannot be read".to_owned()),
    }
}

fn by_code(code: &str) -> Cause {
    match code {
        "ConditionalCheckFailedException" | "TransactionCanceledException" => Cause::Superseded,
        "ProvisionedThroughputExceededException"
        | "ThrottlingException"
        | "RequestLimitExceeded"
        | "TransactionConflictException"
        | "TransactionInProgressException" => Cause::Throttled { retry_after: None },
        "ResourceNotFoundException" => {
            Cause::Forbidden { advice: "DynamoDB knows no such table: check LEDGER_TABLE and the region".into() }
        }
        "AccessDeniedException" | "UnrecognizedClientException" => Cause::Forbidden {
            advice: format!(
                "DynamoDB refuses access ({code}): the role or user that asks must be allowed to use the ledger's table"
            )
            .into(),
        },
        "ValidationException" => Cause::Rejected {
            status: 400,
            code: code.to_owned(),
            fields: Vec::new(),
            message: crate::domain::Personal::new(""),
        },
        _ => Cause::Unavailable { status: 500, retry_after: None },
    }
}
