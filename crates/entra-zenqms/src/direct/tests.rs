use std::collections::BTreeSet;

use lambda_host::variable;

use super::settings::{OF_A_STACK, OF_BOTH, OWN, lines};
use super::*;
use crate::stack::group;

fn refused(text: &str) -> String {
    lines(text).unwrap_err().join("; ")
}

#[test]
fn a_value_is_what_stands_there() {
    let text = "\u{feff}# ours\r\n\r\n ENTRA_TENANT_ID = a b \r\nSCOPE_FILTER=userType eq 'Member' # $HOME\nMISSING_FIELDS={\"jobTitle\": \
                {\"text\": \"=\"}}\nSYNC_GUESTS=\n";
    let read = lines(text).unwrap();
    let expected = [
        ("ENTRA_TENANT_ID", "a b"),
        ("MISSING_FIELDS", r#"{"jobTitle": {"text": "="}}"#),
        ("SCOPE_FILTER", "userType eq 'Member' # $HOME"),
    ];
    assert_eq!(read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect::<Vec<_>>(), expected);
}

#[test]
fn all_that_is_wrong_is_told_at_once_with_the_cure_and_no_value_is_repeated() {
    let text = "ENABLE_INITIALSYNC=false\nFAVOURITE_COLOUR=hunter2\nhunter2\nhunter2==\nLEDGER_TABLE=hunter2\n\
                AWS_SECRET_ACCESS_KEY=hunter2\nENTRA_CLOUD=\"hunter2\"\nSYNC_GUESTS=true\nSYNC_GUESTS=false\n\
                ENTRA_CLIENT_SECRET=hunter2\nZENQMS_API_TOKEN=hunter2";
    let told = refused(text);
    assert_eq!(
        told,
        "line 1 sets ENABLE_INITIALSYNC, which is no setting: write ENABLE_INITIAL_SYNC; \
         line 2 sets FAVOURITE_COLOUR, which is no setting: take it out; docs/deploy.md, \"Without a stack\", has the names; \
         line 3 is no `NAME=value`: docs/deploy.md, \"Without a stack\"; \
         line 4 is no `NAME=value`: docs/deploy.md, \"Without a stack\"; \
         line 5 sets LEDGER_TABLE, which only a function in AWS is told: take it out; \
         line 6 sets AWS_SECRET_ACCESS_KEY, which only a function in AWS is told: take it out; \
         line 7 sets ENTRA_CLOUD in quotes, which would be a part of it: write it without them; \
         line 9 sets SYNC_GUESTS once more; \
         line 10 sets ENTRA_CLIENT_SECRET: what is secret belongs into the file that CREDENTIALS_FILE names, as in step 3 of \
         docs/deploy.md; \
         line 11 sets ZENQMS_API_TOKEN: what is secret belongs into the file that CREDENTIALS_FILE names, as in step 3 of \
         docs/deploy.md"
    );
}

#[test]
fn each_variable_of_the_functions_is_a_setting_here_or_is_said_to_be_none() {
    let docs = include_str!("../../../../docs/deploy.md");
    let table = |heading: &str| -> BTreeSet<String> {
        let (_, section) = docs.split_once(&format!("\n{heading}\n")).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let names = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        names.filter(|name| !name.starts_with(char::is_lowercase)).map(str::to_owned).collect()
    };
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(table("## Environment variables"), &owned(&OF_BOTH) | &owned(&OF_A_STACK));
    assert_eq!(table("## Without a stack"), owned(&OWN));
    assert!(!OF_BOTH.contains(&variable::AWS_REGION));
}

/// Why nothing comes of these settings.
async fn why_not(served: &Served, more: &str) -> String {
    let read = served.read(more);
    let error = match read {
        Err(error) => error,
        Ok(direct) => Box::pin(direct.flow()).await.err().unwrap(),
    };
    served.assert_nothing_written();
    let told = format!("{error:#}");
    assert!(!told.contains("hunter2") && told.contains("acme.env") | told.contains(".json"), "{told}");
    told
}

#[tokio::test]
async fn what_a_file_lacks_is_told_before_anybody_is_asked() {
    let served = Served::new("lacking").await;
    served.file("broken.json", "hunter2");
    served.file("half.json", r#"{"entra_client_secret": "hunter2"}"#);
    served.file("mapping.json", "{}");
    served.file("empty.json", " \n");
    let (mapping, both) = (Served::mapping("Document Reader"), "GROUP_ROLE_MAPPING_FILE=mapping.json");
    for (lines, expected) in [
        ("NESTED_GROUPS=perhaps", "NESTED_GROUPS is set to `perhaps`; expected true or false"),
        ("LEAVING_SCOPE=perhaps", "LEAVING_SCOPE cannot be used: "),
        ("SCOPE_GROUPS=perhaps", "SCOPE_GROUPS cannot be used: "),
        ("GROUP_ROLE_MAPPING=ssm:/mapping", "GROUP_ROLE_MAPPING names a place in AWS"),
        ("GROUP_ROLE_MAPPING_FILE=none.json", "reading the mapping from "),
        ("GROUP_ROLE_MAPPING_FILE=empty.json", "empty.json is empty: write {} where no group is to give a role"),
        ("MINIMUM_HOLDERS=2", "MINIMUM_HOLDERS cannot be used: "),
        (&format!("{mapping}\n{both}"), "both GROUP_ROLE_MAPPING and GROUP_ROLE_MAPPING_FILE are set"),
    ] {
        let told = why_not(&served, lines).await;
        assert!(told.contains(expected) && !told.contains("environment"), "{told}");
    }
    for (credentials, expected) in [
        ("none.json", "which CREDENTIALS_FILE in "),
        ("broken.json", "the secret is not a JSON object"),
        ("half.json", "the secret lacks `zenqms_api_token`"),
    ] {
        let file = served.settings("");
        let text = std::fs::read_to_string(&file).unwrap().replace("credentials.json", credentials);
        std::fs::write(&file, text).unwrap();
        let told = format!("{:#}", Direct::read(&file).err().unwrap());
        assert!(told.contains(expected) && told.contains(credentials) && !told.contains("hunter2"), "{told}");
    }
    std::fs::write(served.folder.join("acme.env"), "ENTRA_CLIENT_ID=x").unwrap();
    let told = Direct::read(&served.folder.join("acme.env")).err().unwrap().to_string();
    assert!(told.contains("CREDENTIALS_FILE is not set: it names the file"), "{told}");
    let told = Direct::read(&served.folder.join("none.env")).err().unwrap().to_string();
    assert!(told.contains("reading the settings from ") && told.contains("none.env"), "{told}");
    assert_eq!(served.simulation.tally().calls(simulator::Route::Any), 0);
}

#[tokio::test]
async fn what_a_deployment_would_refuse_is_refused_in_its_words_and_at_once() {
    let served = Served::new("refused").await;
    let told = why_not(&served, &format!("{}\nSCOPE_GROUPS={}", Served::mapping("Reader"), group(7))).await;
    assert!(told.contains("acme.env: what a deployment tries first fails: (1) "), "{told}");
    assert!(told.contains("Reader") && told.contains(&group(7).to_string()) && told.contains(" (2) "), "{told}");

    served.credentials("hunter2");
    let told = why_not(&served, "").await;
    assert!(told.contains("what a deployment tries first fails: ") && told.contains("client secret"), "{told}");
}

#[cfg(unix)]
#[tokio::test]
async fn credentials_that_others_can_read_are_told_of() {
    use std::os::unix::fs::PermissionsExt;
    let served = Served::new("exposed").await;
    let exposed = |mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(served.folder.join("credentials.json"), permissions).unwrap();
        served.read("").unwrap().exposed
    };
    assert_eq!(exposed(0o600), None);
    assert!(exposed(0o640).is_some_and(|file| file.ends_with("credentials.json")));
}

#[tokio::test]
async fn the_mapping_is_kept_with_who_is_synchronised_and_may_stand_in_a_file() {
    let served = Served::new("mapping").await;
    // As Windows writes files.
    served.file("mapping.json", &format!("\u{feff}{{\"{}\": \"Document Reader\"}}", group(1)));
    let credentials = std::fs::read_to_string(served.folder.join("credentials.json")).unwrap();
    served.file("credentials.json", &format!("\u{feff}{credentials}"));
    let lines = format!(
        "GROUP_ROLE_MAPPING_FILE=mapping.json\nSCOPE_GROUPS={}\nSYNC_GUESTS=false\nMINIMUM_HOLDERS={{\"17\": 2}}",
        group(1)
    );
    let flow = Box::pin(served.read(&lines).unwrap().flow()).await.unwrap();
    let mapping = flow.mapping().await.unwrap();
    assert_eq!((mapping.mapped_groups().count(), mapping.scope().groups.len()), (1, 1));
    assert!(mapping.scope().lens.is_some());
    assert_eq!(
        mapping.minimum_holders().map(|(role, least)| (role.to_string(), least)).collect::<Vec<_>>(),
        [("17".to_owned(), 2)]
    );
    served.assert_only_read();
}
