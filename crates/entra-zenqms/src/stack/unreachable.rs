/// Why a stack cannot be reached, and what to do about it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreachable {
    /// Nothing says where.
    #[error("no AWS region is named: give --region, set AWS_REGION, or write `region` into the profile")]
    NoRegion,
    /// Nobody is signed in.
    #[error(
        "no AWS credentials can be used{}: sign in (`aws sso login`, `aws configure`), or choose a profile by --profile \
         or AWS_PROFILE (the place that was asked last says: {why})", of_profile(.profile.as_deref())
    )]
    NoCredentials {
        /// The profile that was asked for by name.
        profile: Option<String>,
        /// What the search for them says.
        why: String,
    },
    /// Somebody is signed in, and AWS does not know him.
    #[error(
        "AWS does not accept the credentials ({code}): they may have expired; sign in again, or choose another --profile"
    )]
    NotAccepted {
        /// AWS's code.
        code: String,
    },
    /// AWS knows him, and he may not.
    #[error(
        "AWS refuses {acting_as} the right {right} ({code}): have it given (docs/deploy.md, \"What the operator may\"), or \
         choose another --profile"
    )]
    Refused {
        /// Who.
        acting_as: String,
        /// Which right.
        right: &'static str,
        /// AWS's code.
        code: String,
    },
    /// There is none of this name.
    #[error(
        "there is no stack {stack} in {region} for {acting_as}: check --stack, --region and --profile; `aws cloudformation \
         list-stacks` shows those that are there"
    )]
    NoSuchStack {
        /// The name.
        stack: String,
        /// Where it was looked for.
        region: String,
        /// On whose behalf.
        acting_as: String,
    },
    /// There is one of this name, and it is something else.
    #[error(
        "the stack {stack} ({status}) has no output {output}: it is no stack of entra-zenqms, one of another version, or \
         not made to its end; check --stack, or deploy it again"
    )]
    NotOurs {
        /// The name.
        stack: String,
        /// How CloudFormation says that it stands.
        status: String,
        /// What it lacks.
        output: &'static str,
    },
    /// The stack names a function that is not there.
    #[error(
        "the stack {stack} names the function {function}, and Lambda has none: it was removed by hand, or --region is \
         another; deploy the stack again"
    )]
    NoSuchFunction {
        /// The stack's name.
        stack: String,
        /// The function's name.
        function: String,
    },
    /// Lambda tells everything of a function but its settings.
    #[error(
        "Lambda does not show the settings of the function {function} ({code}): if they are encrypted by a KMS key of your \
         own, {acting_as} needs the right kms:Decrypt on it"
    )]
    SettingsHidden {
        /// The function's name.
        function: String,
        /// Who asked.
        acting_as: String,
        /// AWS's code.
        code: String,
    },
    /// The settings of the functions are no good.
    #[error(
        "the function {function} is set up wrongly: {why}; docs/deploy.md, \"Environment variables\", says which parameter \
         that is: deploy again with the right one"
    )]
    Unset {
        /// The function's name.
        function: String,
        /// What is wrong.
        why: String,
    },
    /// No answer, or none that can be read.
    #[error("{service} cannot be asked: {why}; check the network, --region, and AWS_ENDPOINT_URL if it is set")]
    Silent {
        /// The service.
        service: &'static str,
        /// Why.
        why: String,
    },
}

fn of_profile(profile: Option<&str>) -> String {
    profile.map_or_else(String::new, |profile| format!(" (profile {profile}, if there is one of this name)"))
}

impl Unreachable {
    /// What a refusal of AWS with this code means, unless it means something to the service alone.
    pub(super) fn by_code(code: &str, right: &'static str, acting_as: &str) -> Option<Self> {
        let code_text = || code.to_owned();
        match code {
            "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => {
                Some(Self::Refused { acting_as: acting_as.to_owned(), right, code: code_text() })
            }
            "ExpiredToken"
            | "ExpiredTokenException"
            | "RequestExpired"
            | "InvalidClientTokenId"
            | "UnrecognizedClientException"
            | "SignatureDoesNotMatch"
            | "IncompleteSignature"
            | "InvalidToken"
            | "MissingAuthenticationToken"
            | "AuthFailure"
            | "OptInRequired" => Some(Self::NotAccepted { code: code_text() }),
            _ => None,
        }
    }
}
