use crate::kinds::lifecycle::cast::Member;
use crate::kinds::lifecycle::failure::Failure;
use crate::kinds::lifecycle::life::Life;
use crate::kinds::lifecycle::stop::Outcome;
use crate::kinds::lifecycle::world::{Container, FileSeen, Port, Volume};

impl Life {
    /// A member's container, if there is one.
    ///
    /// # Errors
    /// When that cannot be seen.
    pub(in crate::kinds::lifecycle) async fn container(
        &self,
        member: &Member,
    ) -> Outcome<Option<Container>> {
        let name = member.container();
        let found = self.world()?.container(&name).await?;
        match &found {
            Some(container) => self
                .journal
                .saw(format!("container {name}"), container.evidence()),
            None => self.journal.saw(format!("container {name}"), "none"),
        }
        Ok(found)
    }

    /// A member's container, which must be there and run.
    ///
    /// # Errors
    /// When it is not, or does not.
    pub(in crate::kinds::lifecycle) async fn running(&self, member: &Member) -> Outcome<Container> {
        let name = member.container();
        match self.container(member).await? {
            Some(container) if container.running => Ok(container),
            Some(container) => Err(Failure::new(
                format!("the container {name} runs"),
                format!("it ended with {:?}", container.exit_code),
            )
            .into()),
            None => Err(Failure::new(format!("the container {name} runs"), "there is none").into()),
        }
    }

    /// The ports of a member's container that can be reached from the host.
    ///
    /// # Errors
    /// When that cannot be seen.
    pub(in crate::kinds::lifecycle) async fn ports(&self, member: &Member) -> Outcome<Vec<Port>> {
        let name = member.container();
        let ports = self.world()?.ports(&name).await?;
        let seen: Vec<_> = ports
            .iter()
            .map(|port| format!("{}:{} -> {}", port.host_ip, port.host, port.container))
            .collect();
        self.journal.saw(format!("ports of {name}"), seen);
        Ok(ports)
    }

    /// A volume, if there is one.
    ///
    /// # Errors
    /// When that cannot be seen.
    pub(in crate::kinds::lifecycle) async fn volume(&self, name: &str) -> Outcome<Option<Volume>> {
        let found = self.world()?.volume(name).await?;
        let seen = if found.is_some() { "there" } else { "none" };
        self.journal.saw(format!("volume {name}"), seen);
        Ok(found)
    }

    /// A file in a member's container, which must be there.
    ///
    /// # Errors
    /// When it is not.
    pub(in crate::kinds::lifecycle) async fn file(
        &self,
        member: &Member,
        path: &str,
    ) -> Outcome<FileSeen> {
        let name = member.container();
        let seen = self.world()?.read(&name, path).await?;
        self.journal.saw(
            format!("{path} in {name}"),
            match &seen {
                Some(file) => format!(
                    "{} bytes, mode {:o}, {}:{}",
                    file.bytes.len(),
                    file.mode,
                    file.uid,
                    file.gid
                ),
                None => "missing".to_owned(),
            },
        );
        seen.ok_or_else(|| {
            Failure::new(
                format!("{path} is in the container {name}"),
                "it is missing",
            )
            .into()
        })
    }
}
