use std::collections::BTreeMap;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::kinds::lifecycle::cast::Role;
use crate::kinds::lifecycle::failure::Failure;
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::life_check::life_check;
use crate::kinds::lifecycle::stop::{Outcome, ensure, ensure_eq};
use crate::kinds::lifecycle::world::World;

life_check! {
    CONTAINER_HAS_ITS_NAME = "container-has-its-name", Workspace, Core, 10 s;
    proves "The workspace's container has exactly the name made of its whole id, runs, and restarts unless stopped."
    cites "contract 3.1, objects"
    needs [World]
    after ["workspace-comes-online"]
    faults ["container-name-is-cut"]
    wrong "The workspace's container has another name, or is not what it must be."
    why "A name cut to twelve characters matches a search for either form, and one day two workspaces."
    mend "Name the container ws-<full id>, with the restart policy unless-stopped."
    |life| {
        let container = life.running(&life.member(Role::Worker)?).await?;
        if let Some(policy) = &container.restart_policy {
            ensure_eq("the restart policy", policy.as_str(), "unless-stopped")?;
        }
        Ok(())
    }
}

life_check! {
    CONTAINER_IS_LABELLED = "container-is-labelled", Workspace, Core, 10 s;
    proves "Container and volumes carry the label of the installation that owns them."
    cites "contract 3.1, labels: sha256(DATABASE_URL)[:16]"
    needs [World, Database]
    after ["workspace-comes-online"]
    faults ["one-label-for-all", "volumes-bear-no-labels"]
    wrong "A container or volume lacks the label of its installation, or has another one's."
    why "By this label one installation tells its orphans from the living containers of another."
    mend "Label containers, config and session volumes with molecule.platform.managed and molecule.platform.instance."
    |life| {
        let worker = life.member(Role::Worker)?;
        let container = life.running(&worker).await?;
        // A server that runs elsewhere may know its database by another address than this gate.
        let instance = life
            .server_database_url
            .as_ref()
            .map(|url| hex::encode(Sha256::digest(url.as_bytes()))[..16].to_owned());
        let expected = |labels: &BTreeMap<String, String>, what: &str| {
            let label = |name: &str| labels.get(name).map(String::as_str).unwrap_or_default();
            ensure_eq(
                &format!("molecule.platform.managed of {what}"),
                label("molecule.platform.managed"),
                "true",
            )?;
            let found = label("molecule.platform.instance");
            ensure(
                instance.as_ref().map_or(!found.is_empty(), |instance| instance == found),
                format!("molecule.platform.instance of {what} is {instance:?}"),
                || found.to_owned(),
            )
        };
        expected(&container.labels, "the container")?;
        for suffix in ["configs", "claude-sessions"] {
            let name = format!("{}-{suffix}", worker.container());
            let Some(volume) = life.volume(&name).await? else {
                return Err(Failure::new(format!("a volume {name}"), "none").into());
            };
            expected(&volume.labels, &format!("the volume {}", volume.name))?;
        }
        Ok(())
    }
}

life_check! {
    VOLUMES_ARE_MOUNTED = "volumes-are-mounted", Workspace, Core, 10 s;
    proves "The workspace has its own volumes for configuration, sessions and work, each at its place."
    cites "contract 3.1, volumes"
    needs [World]
    after ["workspace-comes-online"]
    faults ["sessions-are-not-mounted"]
    wrong "A volume of the workspace is missing, or mounted somewhere else."
    why "What is written beside a volume is gone with the container."
    mend "Mount ws-<id>-configs, ws-<id>-claude-sessions and ws-<id>-workspace at their places."
    |life| {
        let worker = life.member(Role::Worker)?;
        let container = life.running(&worker).await?;
        for (suffix, target) in [
            ("configs", "/configs"),
            ("claude-sessions", "/root/.claude/sessions"),
            ("workspace", "/workspace"),
        ] {
            let volume = format!("{}-{suffix}", worker.container());
            let mounted = container
                .mounts
                .iter()
                .any(|mount| mount.target == target && mount.volume.as_deref() == Some(volume.as_str()));
            ensure(mounted, format!("the volume {volume} at {target}"), || format!("{:?}", container.mounts))?;
        }
        Ok(())
    }
}

life_check! {
    PORT_STAYS_AT_HOME = "port-stays-at-home", Workspace, Core, 10 s;
    proves "The workspace's port is published on 127.0.0.1 only, and the row's address leads to this very workspace."
    cites "contract 3.1, port"
    needs [World, Database]
    after ["workspace-comes-online"]
    faults ["address-has-another-port", "listens-everywhere"]
    wrong "The workspace's port is open to the network, or its address leads somewhere else."
    why "An agent with a shell that listens on all interfaces is everybody's; an address with another port reaches another agent."
    mend "Publish 8000/tcp on 127.0.0.1, and store the port that was really published."
    |life| {
        let worker = life.member(Role::Worker)?;
        life.running(&worker).await?;
        let ports = life.ports(&worker).await?;
        let published: Vec<_> = ports.iter().filter(|port| port.container == 8000).collect();
        let [port] = published.as_slice() else {
            return Err(Failure::new("port 8000 published once", format!("{ports:?}")).into());
        };
        ensure_eq("the address at which the port is published", port.host_ip.as_str(), "127.0.0.1")?;
        let row = life.row(worker.id).await?;
        let address = row["url"].as_str().unwrap_or_default();
        let stored = url::Url::parse(address).ok().and_then(|url| url.port());
        ensure_eq("the port of the row's url", &stored, &Some(port.host))?;
        let host = url::Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned));
        let host = host.unwrap_or_default();
        ensure(!worker.container().contains(&host) || host.len() > 12, "a host that is no beginning of an id", || host.clone())
    }
}

life_check! {
    ALIAS_IS_THE_NAME = "alias-is-the-name", Workspace, Core, 10 s;
    proves "On the platform's network the container answers to its own full name."
    cites "contract 3.1, network, alias = container name"
    needs [World]
    after ["workspace-comes-online"]
    faults ["alias-is-cut"]
    wrong "The container is not on the platform's network, or under another alias."
    why "A server in a container reaches its workspaces by this name and by no other."
    mend "Attach the container with its name as alias."
    |life| {
        let worker = life.member(Role::Worker)?;
        let container = life.running(&worker).await?;
        let attached = container
            .networks
            .iter()
            .any(|network| network.name == life.network && network.aliases.contains(&worker.container()));
        ensure(attached, format!("the network {} with the alias {}", life.network, worker.container()), || {
            format!("{:?}", container.networks)
        })
    }
}

/// What every container of a workspace is told.
const TOLD: [&str; 6] = [
    "WORKSPACE_ID",
    "WORKSPACE_CONFIG_PATH",
    "PLATFORM_URL",
    "MOLECULE_URL",
    "TIER",
    "MOLECULE_WORKSPACE_URL",
];

life_check! {
    CONTAINER_KNOWS_ITSELF = "container-knows-itself", Workspace, Core, 10 s;
    proves "The container is told its id, its model, its own address and that of the platform."
    cites "contract 3.2, env, always"
    needs [World, Database]
    after ["workspace-comes-online"]
    faults ["own-address-is-not-told", "address-has-another-port"]
    wrong "The container lacks a variable that every workspace has."
    why "Runtimes fall back to guesses, such as their short host name, and register addresses that nobody can reach."
    mend "Set the variables at every provision."
    |life| {
        let worker = life.member(Role::Worker)?;
        let container = life.running(&worker).await?;
        let value = |key: &str| container.environment.get(key).map(String::as_str).unwrap_or_default();
        for key in TOLD {
            ensure(!value(key).is_empty(), format!("{key} is set"), || "unset".to_owned())?;
        }
        ensure_eq("WORKSPACE_ID", value("WORKSPACE_ID"), worker.id.to_string().as_str())?;
        let body = life.workspace_body("worker");
        ensure_eq("MODEL", value("MODEL"), body["model"].as_str().unwrap_or_default())?;
        let row = life.row(worker.id).await?;
        ensure_eq("MOLECULE_WORKSPACE_URL", value("MOLECULE_WORKSPACE_URL"), row["url"].as_str().unwrap_or_default())
    }
}

/// Credentials that belong to the platform and to no workspace.
const NOT_FOR_WORKSPACES: [&str; 27] = [
    "ADMIN_TOKEN",
    "MOLECULE_ADMIN_TOKEN",
    "CP_ADMIN_API_TOKEN",
    "CP_ADMIN_TOKEN",
    "CP_PROMOTE_PROD_API_TOKEN",
    "GITEA_TOKEN",
    "GITEA_PAT",
    "GITHUB_TOKEN",
    "GITHUB_PAT",
    "GH_TOKEN",
    "GITLAB_TOKEN",
    "GL_TOKEN",
    "BITBUCKET_TOKEN",
    "PROVISION_SHARED_SECRET",
    "MOLECULE_CP_SHARED_SECRET",
    "SECRETS_ENCRYPTION_KEY",
    "MOLECULE_TEMPLATE_REPO_TOKEN",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "GHCR_PULL_TOKEN",
    "INFISICAL_OPERATOR_TOKEN",
    "INFISICAL_BOOTSTRAP_TOKEN",
    "RAILWAY_TOKEN",
    "HETZNER_TOKEN",
    "MOLECULE_API_KEY",
    "MOLECULE_ORG_API_KEY",
];

life_check! {
    PLATFORM_CREDENTIALS_STAY_OUT = "platform-credentials-stay-out", Workspace, Hardened, 10 s;
    proves "No credential of the platform is in an ordinary workspace's container, under any name."
    cites "later contract 3.2, forbidden for ordinary boxes; the admin token in every container is present at the pinned commit as a flaw"
    needs [World]
    after ["workspace-comes-online"]
    faults ["admin-token-in-every-container", "admin-token-for-all"]
    wrong "An ordinary workspace's container holds a credential of the platform."
    why "Any agent, or whoever talks it into printing its environment, is then an administrator of everything."
    mend "Strip these variables after everything else was merged, and abort where one is left."
    |life| {
        let worker = life.member(Role::Worker)?;
        let container = life.running(&worker).await?;
        let found: Vec<&str> = container
            .environment
            .iter()
            .filter(|(key, value)| {
                NOT_FOR_WORKSPACES.contains(&key.as_str())
                    || key.starts_with("MOLECULE_OPERATOR_")
                    || value.contains(life.server.admin_token())
            })
            .map(|(key, _)| key.as_str())
            .collect();
        ensure_eq("the credentials of the platform in the container", &found, &Vec::<&str>::new())
    }
}

life_check! {
    TOKEN_FILE_IS_THE_TOKEN = "token-file-is-the-token", Workspace, Core, 10 s;
    proves "The token in the container is the workspace's one live instance token, and belongs to its user."
    cites "contract 3.1, .auth_token, and 3.3, mint tokens"
    needs [World, Database]
    after ["workspace-comes-online"]
    faults ["new-token-is-revoked"]
    wrong "The token in the container is not the one that the server knows."
    why "With no live token the registry lets anybody in, so that a stale file is not noticed by a heartbeat that works."
    mend "Mint the token before the start, revoke earlier instance tokens, and write the file with its owner."
    |life| {
        let worker = life.member(Role::Worker)?;
        token_file(life, &worker).await.map(|_| ())
    }
}

/// Demands that the token file holds the one live instance token; returns it.
pub(super) async fn token_file(
    life: &Life,
    member: &crate::kinds::lifecycle::cast::Member,
) -> Outcome<String> {
    let file = life.file(member, "/configs/.auth_token").await?;
    let token = String::from_utf8_lossy(&file.bytes).trim().to_owned();
    life.journal.learn_from(&json!({"auth_token": token}));
    let rows = life
        .db()?
        .rows(
            "SELECT encode(token_hash, 'hex') AS hash FROM workspace_auth_tokens WHERE workspace_id = $1 AND kind = 'instance' AND revoked_at IS NULL",
            &[&member.id],
        )
        .await?;
    let hash = hex::encode(Sha256::digest(token.as_bytes()));
    ensure_eq(
        "the digests of live instance tokens",
        &rows,
        &vec![json!({"hash": hash})],
    )?;
    if matches!(life.world()?, World::Docker(_)) {
        ensure_eq(
            "the owner of the token file",
            &(file.uid, file.gid),
            &(1000, 1000),
        )?;
    }
    Ok(token)
}

life_check! {
    TOKEN_FILE_IS_PRIVATE = "token-file-is-private", Workspace, Hardened, 10 s;
    proves "The token file can be read by its user and by nobody else."
    cites "later contract 3.1, .auth_token 0600"
    needs [World]
    after ["workspace-comes-online"]
    faults ["token-file-for-everybody"]
    wrong "The token file can be read by others."
    why "Tools that an agent runs under another user are kept apart from it for a reason."
    mend "Write the file with mode 0600."
    |life| {
        let file = life.file(&life.member(Role::Worker)?, "/configs/.auth_token").await?;
        ensure_eq("the mode of the token file", &format!("{:o}", file.mode), "600")
    }
}
