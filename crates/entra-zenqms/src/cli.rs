mod approval;
mod mapping;
mod source;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use sync_core::domain::DirectoryUserId;

use crate::person::Person;

pub(crate) use approval::{ApplyOptions, ApproveOptions, HeldOptions, PlanOptions};
pub(crate) use mapping::{MappingCheckOptions, MappingCommand, MappingExportOptions, MappingFormat};
pub(crate) use source::{By, SourceOptions};

/// Synchronises Microsoft Entra ID to ZenQMS.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// How a deployed stack is doing. Exit code 0: well; 1: error; 2: something waits for you.
    Status(StatusOptions),
    /// People for whom nothing can be done until somebody mends what is wrong.
    #[command(subcommand)]
    Parked(ParkedCommand),
    /// People who are not in line with Entra ID until somebody mends what is wrong: since when and why.
    Exceptions(ExceptionsOptions),
    /// Why somebody has what he has, and what the next look at him would do. Exit code 0: nothing is to be done; 1: error;
    /// 2: something waits.
    Explain(ExplainOptions),
    /// Looks at everything that a deployed stack needs, or that one would need of both services. Exit code 0: it works; 1: it could not be looked at; 2: something is
    /// bad.
    Doctor(DoctorOptions),
    /// From whom something would be taken, and is not until you approve it. Exit code 2: something waits.
    Held(HeldOptions),
    /// What a full run would write now, value by value; by a stack kept to be approved and then done exactly so. Exit code 2:
    /// something would be written.
    Plan(PlanOptions),
    /// Approves exactly what `held` or `plan` showed.
    Approve(ApproveOptions),
    /// Has an approved plan carried out, if that is what would be written now as well. Exit code 2: it is not, or
    /// another such run is under way, and nothing was asked for.
    Apply(ApplyOptions),
    /// What was written to ZenQMS, for whom, why and on whose word.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// An access review: who holds which role through which group, and what no group gives. Writes a page and a table for a
    /// spreadsheet, with personal data. Exit code 2: somebody has what he is not to have.
    Report(ReportOptions),
    /// Which groups give which roles: whether that still fits, what another mapping would change, and all of it as a file.
    #[command(subcommand)]
    Mapping(MappingCommand),
    /// Has these people looked at now; without any, starts a full run.
    Sync(SyncOptions),
    /// Prints completions for a shell.
    Completions(CompletionsOptions),
    /// A real initial sync and then changes in real time, over HTTP, against simulated services on this machine.
    Demo(DemoOptions),
    /// The same on a web page of this machine: both directories side by side, and a company to play with.
    Live(LiveOptions),
    /// Serves a simulated Microsoft Graph and ZenQMS on a loopback port until it is interrupted.
    Simulate(SimulateOptions),
    /// Counts calls and measures memory, each beside its floor.
    Bench(BenchOptions),
    /// One sync against a simulator, reporting its own memory; a part of `bench`.
    #[command(hide = true)]
    BenchSync(BenchSyncOptions),
    /// Proves records that are made up, reporting its own memory; a part of `bench`.
    #[command(hide = true)]
    BenchVerify(BenchVerifyOptions),
}

/// Which stack is meant, and who asks. Credentials are found as the AWS CLI finds them.
#[derive(Args, Clone, Debug)]
pub(crate) struct StackOptions {
    /// The stack's name in CloudFormation.
    #[arg(long, env = "ENTRA_ZENQMS_STACK", value_name = "NAME")]
    pub(crate) stack: String,
    /// The stack's region; that of the environment or the profile, if not given.
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// The profile of the AWS configuration; `AWS_PROFILE` or `default`, if not given.
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// One JSON document instead of text; docs/schemas says what is in it.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct StatusOptions {
    #[command(flatten)]
    pub(crate) stack: StackOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ParkedCommand {
    /// Lists them: who, since when, and why.
    List {
        #[command(flatten)]
        stack: StackOptions,
    },
    /// Has them looked at again now. Whoever is well then is parked no more.
    Retry(ChosenOptions),
    /// Has them taken off the list without a look, in a moment; who has wanted it is put on record. Whoever is parked anew by then
    /// stays. Their next change is looked at as anybody's.
    Drop(ChosenOptions),
}

#[derive(Args, Debug)]
pub(crate) struct ChosenOptions {
    /// The people, by their object ids in Entra ID.
    #[arg(value_name = "USER", value_parser = DirectoryUserId::parse, required_unless_present = "all")]
    pub(crate) users: Vec<DirectoryUserId>,
    /// All who are parked.
    #[arg(long, conflicts_with = "users")]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) stack: StackOptions,
}

#[derive(Args, Debug)]
pub(crate) struct ExceptionsOptions {
    #[command(flatten)]
    pub(crate) stack: StackOptions,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainOptions {
    /// The person, by his object id in Entra ID or by his e-mail address.
    #[arg(value_name = "PERSON", value_parser = Person::parse)]
    pub(crate) person: Person,
    /// Ids and names of fields only, no values: for a ticket.
    #[arg(long)]
    pub(crate) ids: bool,
    #[command(flatten)]
    pub(crate) source: SourceOptions,
}

#[derive(Args, Debug)]
pub(crate) struct DoctorOptions {
    /// Has the stack look at this person now, and follows that through queue, function, Entra ID and ZenQMS for three minutes
    /// at most: an object id in Entra ID or an e-mail address. What is due for him is written, as after any change.
    #[arg(long, value_name = "PERSON", value_parser = Person::parse, conflicts_with = "settings")]
    pub(crate) canary: Option<Person>,
    #[command(flatten)]
    pub(crate) source: SourceOptions,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// What was written for a person, when and why. Exit code 2: his evidence is not what was written.
    Show(AuditShowOptions),
    /// Proves that nothing on record was changed, removed or put in another order. Exit code 2: something was.
    Verify {
        #[command(flatten)]
        stack: StackOptions,
    },
    /// The same for a file that `export --format jsonl` wrote; needs nobody's help.
    VerifyFile {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// One JSON document instead of text; docs/schemas says what is in it.
        #[arg(long)]
        json: bool,
    },
    /// Writes all that is on record into a file. It holds personal data.
    Export(AuditExportOptions),
}

#[derive(Args, Debug)]
pub(crate) struct AuditShowOptions {
    /// The person, by his object id in Entra ID or by his e-mail address.
    #[arg(value_name = "PERSON", value_parser = Person::parse)]
    pub(crate) person: Person,
    #[command(flatten)]
    pub(crate) stack: StackOptions,
}

#[derive(Args, Debug)]
pub(crate) struct AuditExportOptions {
    /// What it is written as.
    #[arg(long, value_enum)]
    pub(crate) format: ExportFormat,
    /// The file; one that exists is not written over.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) stack: StackOptions,
}

/// What evidence is exported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// A line for each field and role, for a spreadsheet.
    Csv,
    /// A line of JSON for each record, as it was written: what can be verified.
    Jsonl,
    /// A page for a browser or for paper.
    Html,
}

#[derive(Args, Debug)]
pub(crate) struct ReportOptions {
    /// The files' name, without `.html` and `.csv`; those that exist are not written over.
    #[arg(long, value_name = "PATH")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) source: SourceOptions,
}

#[derive(Args, Debug)]
pub(crate) struct SyncOptions {
    /// The people, by their object ids in Entra ID.
    #[arg(value_name = "USER", value_parser = DirectoryUserId::parse)]
    pub(crate) users: Vec<DirectoryUserId>,
    #[command(flatten)]
    pub(crate) stack: StackOptions,
}

#[derive(Args, Debug)]
pub(crate) struct CompletionsOptions {
    /// The shell.
    pub(crate) shell: Shell,
}

/// Which company is simulated.
#[derive(Args, Clone, Debug)]
pub(crate) struct CompanyOptions {
    /// People in the directory.
    #[arg(long, default_value_t = 2_000, value_name = "N")]
    pub(crate) people: usize,
    /// Accounts that ZenQMS has already; half as many as people, if not given.
    #[arg(long, value_name = "N")]
    pub(crate) accounts: Option<usize>,
    /// Groups in the directory.
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub(crate) groups: usize,
    /// Another seed, another company.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
    /// What the company looks like.
    #[arg(long, value_enum, default_value_t = Likeness::Lifelike)]
    pub(crate) likeness: Likeness,
    /// Requests a second that the simulated ZenQMS allows; 0: any number. The sync has to find out.
    #[arg(long, default_value_t = 150, value_name = "N")]
    pub(crate) rate: u32,
    /// What goes wrong meanwhile.
    #[arg(long, value_enum, default_value_t = FaultLevel::None)]
    pub(crate) faults: FaultLevel,
}

/// What a simulated company looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Likeness {
    /// Guests, disabled and deleted people, missing fields, shared addresses, stale accounts ...
    Lifelike,
    /// Everybody complete; accounts linked or matching.
    Plain,
    /// Everybody linked and up to date: nothing is to be changed.
    Settled,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FaultLevel {
    /// Nothing.
    None,
    /// One call in a hundred: lost answers, cut connections, 503.
    Few,
    /// One call in ten.
    Many,
}

#[derive(Args, Debug)]
pub(crate) struct DemoOptions {
    #[command(flatten)]
    pub(crate) company: CompanyOptions,
    /// ON creates accounts and updates them; OFF only links accounts that match.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    pub(crate) initial_sync: Switch,
    /// The group-to-role mapping, as JSON; a suggestion for the company's groups, if not given; `{}` for none.
    #[arg(long, value_name = "JSON")]
    pub(crate) mapping: Option<String>,
    /// Only direct members of a group count.
    #[arg(long)]
    pub(crate) direct_members: bool,
    /// Plans to show in full.
    #[arg(long, default_value_t = 6, value_name = "N")]
    pub(crate) show: usize,
    /// Changes that happen in the directory afterwards, to be followed in real time; 0: none.
    #[arg(long, default_value_t = 40, value_name = "N")]
    pub(crate) changes: u32,
    /// Only plan; write nothing.
    #[arg(long)]
    pub(crate) plan_only: bool,
    /// One JSON document instead of tables.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

#[derive(Args, Debug)]
pub(crate) struct LiveOptions {
    /// The loopback port of the page; 0: any that is free.
    #[arg(long, default_value_t = 8787, value_name = "N")]
    pub(crate) port: u16,
    /// People in the directory.
    #[arg(long, default_value_t = 60, value_name = "N")]
    pub(crate) people: usize,
    /// Groups in the directory.
    #[arg(long, default_value_t = 8, value_name = "N")]
    pub(crate) groups: usize,
    /// Another seed, another company.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
    /// Seconds between two sweeps, which find what no notification told.
    #[arg(long, default_value_t = 15, value_name = "N")]
    pub(crate) sweep: u64,
}

#[derive(Args, Debug)]
pub(crate) struct SimulateOptions {
    #[command(flatten)]
    pub(crate) company: CompanyOptions,
    /// The loopback port; 0: any that is free.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) port: u16,
    /// A file that the settings are written to by which other commands find the services (`plan --settings FILE`), with
    /// `FILE.credentials.json` beside it; those that exist are not written over.
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct BenchOptions {
    /// Sizes of the directory for the table of calls.
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000], value_name = "N")]
    pub(crate) sizes: Vec<usize>,
    /// People and accounts for the measurement of memory; 0: none.
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    pub(crate) memory: usize,
    /// Records of evidence for the measurement of memory; 0: none.
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    pub(crate) records: u64,
    /// Where the handlers were built, each as `<handler>/bootstrap`.
    #[arg(long, default_value = "target/lambda", value_name = "PATH")]
    pub(crate) handlers: PathBuf,
    /// One JSON document instead of tables.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct BenchSyncOptions {
    /// The simulator's address.
    #[arg(long)]
    pub(crate) base: String,
    /// The mapping.
    #[arg(long)]
    pub(crate) mapping: String,
}

#[derive(Args, Debug)]
pub(crate) struct BenchVerifyOptions {
    /// How many records.
    #[arg(long)]
    pub(crate) records: u64,
}
