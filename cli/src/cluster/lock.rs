//! Who may start and stop the cluster, and who uses it.

use std::{
    fs::{File, TryLockError},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use tokio::time::sleep;

use super::{
    ClusterError,
    home::{Home, open_file},
    owner::Owner,
};

/// The right to start and stop PostgreSQL, held by one process at a time.
#[derive(Debug)]
pub(super) struct StartLock {
    file: File,
    path: PathBuf,
}

impl StartLock {
    /// Waits for the lock.
    pub(super) async fn wait(home: &Home, owner: &Owner) -> Result<Self, ClusterError> {
        let path = home.path().join("start.lock");
        let file = open_file(&path, owner)?;
        // asked for again and again: a thread that slept on the lock could not be interrupted
        for tries in 0_u32.. {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(ClusterError::file(path)(error)),
                Err(TryLockError::WouldBlock) if tries == 40 => {
                    tracing::info!(lock = %path.display(), "waiting for whoever starts or stops PostgreSQL");
                }
                Err(TryLockError::WouldBlock) => {}
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(Self { file, path })
    }

    /// The lock as a program's standard input. Should this process be killed, it is held until that program ends.
    pub(super) fn inherit(&self) -> Result<Stdio, ClusterError> {
        self.file.try_clone().map(Stdio::from).map_err(ClusterError::file(&self.path))
    }
}

impl Drop for StartLock {
    fn drop(&mut self) {
        // closing the file would not do while a child that is just being started shares it
        let _ = self.file.unlock();
    }
}

/// One of the shares that keep PostgreSQL running.
#[derive(Debug)]
pub(super) struct UseLock {
    file: File,
    path: PathBuf,
}

impl UseLock {
    /// Takes a share. Nobody holds the lock alone but under the start lock, so there is nothing to wait for.
    pub(super) fn share(home: &Home, owner: &Owner, _: &StartLock) -> Result<Self, ClusterError> {
        let path = home.path().join("cluster.lock");
        let file = open_file(&path, owner)?;
        match file.try_lock_shared() {
            Ok(()) => Ok(Self { file, path }),
            Err(error) => Err(ClusterError::file(path)(error.into())),
        }
    }

    /// Gives the share back; `true` if it was the last.
    pub(super) fn leave(self, _: &StartLock) -> Result<bool, ClusterError> {
        self.file.unlock().map_err(ClusterError::file(&self.path))?;
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(ClusterError::file(&self.path)(error)),
        }
    }
}

impl Drop for UseLock {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[tokio::test]
    async fn a_program_that_inherits_the_start_lock_outlives_its_killed_parent_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path()).unwrap();
        let mut lock = StartLock::wait(&home, &Owner::Ourselves).await.unwrap();
        let mut child = Command::new("sleep").arg("600").stdin(lock.inherit().unwrap()).spawn().unwrap();
        // closes the file without a release, as the kernel does for a process that is killed
        lock.file = File::open("/dev/null").unwrap();

        let file = File::open(folder.path().join("start.lock")).unwrap();
        assert!(file.try_lock().is_err());
        child.kill().unwrap();
        child.wait().unwrap();
        // waits, as a child that another test is just starting may share the file for a moment
        file.lock().unwrap();
    }
}
