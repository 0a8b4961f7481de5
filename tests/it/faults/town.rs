//! A server that runs, with its database, and a proxy before each.

use std::collections::BTreeMap;

use driftgate::backend::{
    BackendName, Ready, RunPlan, Stage, StagePlan, SystemPlan, Template, Variables,
};
use serde_json::Value;

use crate::backend::house::{House, database};
use crate::leftovers::left;
use crate::proxy::Proxy;
use crate::support::{Ran, Sandbox};

/// The reference, as a stranger's server that gates look at from outside.
pub struct Town {
    pub http: Proxy,
    pub database: Proxy,
    /// How long the gates give the database to let them in, in seconds.
    pub patience: u32,
    stage: Stage,
    // Its folder holds what the stage uses, so that it goes last.
    house: House,
}

const ENVIRONMENT: [(&str, &str); 13] = [
    ("DATABASE_URL", "{{postgres.url}}"),
    ("PORT", "{{port}}"),
    ("BIND_ADDR", "{{bind}}"),
    ("PLATFORM_URL", "{{url}}"),
    ("ADMIN_TOKEN", "{{admin_token}}"),
    ("SECRETS_ENCRYPTION_KEY", "{{encryption_key}}"),
    ("PROVISIONER_STATE_DIR", "{{state}}"),
    ("PROVISIONER_DRIVER", "process"),
    ("PROVISIONER_STOP_RUNTIMES", "1"),
    ("PROVISIONER_SWEEP_MS", "100"),
    ("PROVISIONER_RUNTIME_ENV", "STUB_HEARTBEAT_MS=50"),
    ("MOLECULE_ENV", "development"),
    ("MOLECULE_PLATFORM_WORKSPACE_ID", CONCIERGE),
];

/// The id under which the concierge is installed.
const CONCIERGE: &str = "7d0f3a52-58c3-4d0c-9c43-0b8f3b5d2a11";

impl Town {
    pub fn new() -> Self {
        let house = House::new();
        let template = |text: &str| Template::parse(text).expect("a template");
        let plan = StagePlan {
            system: SystemPlan::Run(RunPlan {
                image: None,
                command: Some(vec![
                    template(env!("CARGO_BIN_EXE_driftgate")),
                    template("reference-provisioner"),
                ]),
                port: 8080,
                environment: Variables {
                    values: ENVIRONMENT
                        .map(|(name, value)| (name.to_owned(), template(value)))
                        .into(),
                    from: BTreeMap::new(),
                },
                docker_socket: false,
                folder: None,
                ready: Ready::health(),
            }),
            backend: BackendName::Process,
            ..database()
        };
        let stage = house.bring_up(&plan).expect("it comes up");
        let system = stage.system.as_ref().expect("a system");
        let base = system.base_url.strip_prefix("http://").expect("an address");
        let url = stage.database.as_ref().expect("a database").url();
        let (before, after) = (
            url.find('@').expect("a host"),
            url.rfind('/').expect("a name"),
        );
        Self {
            http: Proxy::before_tcp(base),
            database: Proxy::before_tcp(&url[before + 1..after]),
            patience: 10,
            stage,
            house,
        }
    }

    /// The URL of the server's database by the proxy.
    pub fn database_url(&self) -> String {
        let url = self.stage.database.as_ref().expect("a database").url();
        let (before, after) = (
            url.find('@').expect("a host"),
            url.rfind('/').expect("a name"),
        );
        let query = url.find('?').expect("options");
        format!(
            "{}@{}/{}{}&connect_timeout={}",
            &url[..before],
            self.database.place(),
            &url[after + 1..query],
            &url[query..],
            self.patience
        )
    }

    /// The databases on its server that are of gates.
    pub fn databases(&self) -> Vec<String> {
        let names = self.house.context().block_on(async {
            let client = self
                .stage
                .database
                .as_ref()
                .expect("a database")
                .connect()
                .await;
            let query = "SELECT datname::text FROM pg_database WHERE datname LIKE 'driftgate%'";
            let rows = client.expect("a connection").query(query, &[]).await;
            rows.expect("rows").iter().map(|row| row.get(0)).collect()
        });
        names.expect("not cancelled")
    }

    /// Lives these checks on the server; `extra` are further lines of the gate.
    pub fn live(&self, checks: &str, extra: &str) -> Judged {
        let sandbox = Sandbox::with_settings();
        sandbox.write("gates/life.yaml", self.life(checks, extra));
        self.judge(&sandbox)
    }

    /// A gate that lives these checks on the server.
    pub fn life(&self, checks: &str, extra: &str) -> String {
        format!(
            "id: life\nabout: A concierge lives.\nkind: lifecycle\nbackend: external\nchecks: {checks}\nconcierge: {CONCIERGE}\n\
             postgres: {{ url_env: DATABASE }}\nsystem: {{ url: \"http://{}\", admin_token_env: THE_TOKEN }}\n{extra}",
            self.http.place()
        )
    }

    /// Asks the server's database one question; `extra` are further lines of the gate.
    pub fn ask(&self, extra: &str) -> Judged {
        let sandbox = Sandbox::with_settings();
        sandbox.write("gates/db.yaml", asking(extra));
        self.judge(&sandbox)
    }

    /// Runs the only gate of a sandbox.
    pub fn judge(&self, sandbox: &Sandbox) -> Judged {
        let judged = self.judge_only(sandbox);
        assert_eq!(left(sandbox), Vec::<String>::new());
        judged
    }

    /// What the server knows its administrator by.
    pub fn admin_token(&self) -> &str {
        let system = self.stage.system.as_ref().expect("a system");
        system.admin_token.as_deref().expect("a token")
    }

    /// The same, whatever it leaves.
    pub fn judge_only(&self, sandbox: &Sandbox) -> Judged {
        let system = self.stage.system.as_ref().expect("a system");
        let output = sandbox
            .command(&["run", "--retries", "0", "--output", "json"])
            .env("DATABASE", self.database_url())
            .env("THE_TOKEN", system.admin_token.as_ref().expect("a token"))
            .output()
            .expect("the binary starts");
        Judged::of(Ran::from(output))
    }
}

/// A gate that asks the server's database one question.
pub fn asking(extra: &str) -> String {
    format!(
        "id: db\nabout: The database answers.\nkind: postgres\nbackend: external\npostgres: {{ url_env: DATABASE }}\n\
         probes:\n  - {{ name: p, sql: \"SELECT 7 AS the_question\", expect: [[7]] }}\n{extra}"
    )
}

/// What a run with one gate said.
pub struct Judged {
    pub ran: Ran,
    pub gate: Value,
}

impl Judged {
    pub fn of(ran: Ran) -> Self {
        let gate = ran.json()["gates"][0].clone();
        Self { ran, gate }
    }

    /// The codes and messages of what was found, and of what was in the way.
    pub fn said(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let findings = self.gate["findings"].as_array().into_iter().flatten();
        findings
            .map(|finding| (text(&finding["code"]), text(&finding["message"])))
            .collect()
    }

    #[track_caller]
    pub fn passes(&self) -> &Self {
        assert_eq!(
            (self.ran.code, &self.gate["verdict"]),
            (Some(0), &Value::from("pass")),
            "{:#?}",
            self.said()
        );
        self
    }

    /// It ends so, says first why, and that with these words.
    #[track_caller]
    pub fn ends(&self, verdict: &str, code: &str, message: &str) -> &Self {
        let exit = match verdict {
            "fail" => 1,
            "unreachable" => 4,
            _ => 3,
        };
        let said = self.said();
        assert_eq!(
            (self.ran.code, &self.gate["verdict"]),
            (Some(exit), &Value::from(verdict)),
            "{said:#?}"
        );
        let first = said.first().expect("a reason");
        assert!(first.0 == code && first.1.contains(message), "{said:#?}");
        self
    }
}
