use std::borrow::Cow;

use crate::failure::Cause;

/// What an error of the sign-in service means for the administrator. The codes are Microsoft's (AADSTS error codes).
pub(super) fn sign_in_cause(code: Option<u32>, status: u16) -> Cause {
    let advice = match code {
        Some(7_000_215) => {
            "Entra ID refuses the client secret: it is wrong. Often the secret's ID was copied instead of its value; make a \
             new client secret under App registrations > Certificates & secrets and store its Value as entra_client_secret"
        }
        Some(7_000_222) => {
            "the client secret has expired: make a new one under App registrations > Certificates & secrets and store its \
             Value as entra_client_secret"
        }
        Some(700_016) => {
            "Entra ID knows no such app in this tenant: check EntraClientId (the Application (client) ID) and \
             EntraTenantId, and that the app was registered in this tenant"
        }
        Some(90_002 | 900_023) => {
            "Entra ID knows no such tenant: check EntraTenantId (the Directory (tenant) ID) and EntraCloud"
        }
        Some(700_027) => {
            "Entra ID does not accept the certificate: upload this very certificate to the app registration \
             (Certificates & secrets > Certificates) and check that entra_private_key belongs to it and that it has not \
             expired"
        }
        Some(700_024) => "the signed assertion is outside its time range: check this machine's clock",
        Some(7_000_112) => {
            "the app is disabled in this tenant: enable it under Enterprise applications > Properties (Enabled for users \
             to sign in)"
        }
        Some(7_000_229) => {
            "the app has no service principal in this tenant: grant admin consent under App registrations > API \
             permissions"
        }
        Some(500_011) => "Entra ID does not know Microsoft Graph at this address: check EntraCloud and GraphEndpoint",
        Some(53_003) => {
            "a Conditional Access policy for workload identities blocks the app: exempt it or allow its network"
        }
        Some(70_011) => "Entra ID does not accept the requested scope: check EntraCloud and GraphEndpoint",
        // 700213: a federated credential may take minutes to be known everywhere. 90033, 50196: passing disorder.
        Some(700_213 | 90_033 | 50_196) => {
            return Cause::Unavailable { status, retry_after: None };
        }
        _ => "",
    };
    let advice: Cow<'static, str> = match (advice, code) {
        ("", Some(code)) => format!(
            "Entra ID refuses the sign-in (AADSTS{code}, HTTP {status}): look the code up at \
             https://login.microsoftonline.com/error?code={code}"
        )
        .into(),
        ("", None) => format!("Entra ID refuses the sign-in (HTTP {status}) without saying why").into(),
        (advice, Some(code)) => format!("{advice} (AADSTS{code})").into(),
        (advice, None) => advice.into(),
    };
    Cause::NotSignedIn { advice }
}

/// Finds the code in an error answer: the first of `error_codes`, else the number behind `AADSTS` in the description.
pub(super) fn code_of(error_codes: &[u32], description: &str) -> Option<u32> {
    error_codes.first().copied().or_else(|| {
        let rest = description.split_once("AADSTS")?.1;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..end)?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_that_an_administrator_can_cause_names_the_cure() {
        for (code, cure) in [
            (7_000_215, "store its Value as entra_client_secret"),
            (7_000_222, "has expired"),
            (700_016, "check EntraClientId"),
            (90_002, "check EntraTenantId"),
            (700_027, "upload this very certificate"),
            (700_024, "clock"),
            (7_000_112, "enable it"),
            (7_000_229, "grant admin consent"),
            (500_011, "check EntraCloud"),
            (53_003, "Conditional Access"),
            (999_999, "https://login.microsoftonline.com/error?code=999999"),
        ] {
            let text = sign_in_cause(Some(code), 401).to_string();
            assert!(text.contains(cure) && text.contains(&code.to_string()), "{text}");
        }
    }

    #[test]
    fn the_code_is_found_in_the_list_or_in_the_text() {
        assert_eq!(code_of(&[7_000_215], ""), Some(7_000_215));
        assert_eq!(code_of(&[], "AADSTS90002: Tenant 'x' not found."), Some(90_002));
        assert_eq!(code_of(&[], "no code"), None);
    }
}
