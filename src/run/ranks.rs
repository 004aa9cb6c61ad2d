//! What rank 0 tells the other ranks before a run, and how they begin: every rank makes the same study from the same texts, and
//! refuses if its own program would give other numbers. Knows the wire as a mailbox.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::RunError;
use crate::schedule::mailbox::{Mailbox, Message};
use crate::schedule::ranks::{LastWord, Terms, await_last_word, work as work_on};
use crate::simulate::{NUMERICS_VERSION, Survey};
use crate::store::{Folder, StoreError, pack, unpack};
use crate::study::{Study, StudyError, Texts};

/// What a rank must know.
#[derive(Debug, Serialize, Deserialize)]
struct Briefing {
    /// The version of the program.
    program: String,
    /// The version of the arithmetic.
    numerics: u32,
    /// The identity of the study's numbers.
    hash: [u8; 32],
    /// The study's texts, which hold its inputs too.
    texts: String,
    /// The folder of the run, from the root.
    folder: PathBuf,
    /// The claim on it, by which a rank knows that it sees the same folder.
    claim: String,
}

/// Tells all ranks what is to be done. The folder is claimed.
pub(super) fn brief(study: &Study, folder: &Folder, mailbox: &mut dyn Mailbox) -> Result<(), RunError> {
    let path = folder.path();
    let absolute = std::path::absolute(path).map_err(|source| StoreError::Io {
        action: "find the place of",
        path: path.to_owned(),
        source,
    })?;
    let identity = study.identity();
    mailbox.share(pack(&Briefing {
        program: env!("CARGO_PKG_VERSION").to_owned(),
        numerics: NUMERICS_VERSION,
        hash: identity.hash(),
        texts: identity.origin,
        folder: absolute,
        claim: folder.claim().unwrap_or_default(),
    }));
    Ok(())
}

/// Why a rank does not take part.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("its program is not of the version of rank 0 ({0}); start the same ictus on all nodes")]
    Version(String),
    #[error(
        "its program makes other numbers from this study than that of rank 0; start the same ictus on all nodes"
    )]
    Numbers,
    #[error(transparent)]
    Study(#[from] StudyError),
    #[error(transparent)]
    Simulation(#[from] crate::simulate::SimulationError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Works as another rank than 0, on what that one says, until it says farewell.
///
/// # Errors
/// When the machine fails here; rank 0 has been told. To be refused by it is no error of this rank.
pub fn work(mailbox: &mut dyn Mailbox, terms: &Terms, tell: &mut dyn FnMut(&str)) -> Result<(), RunError> {
    loop {
        let bytes = mailbox.share(Vec::new());
        let word = if bytes.is_empty() {
            // Rank 0 has nothing to do, or has said what is wrong.
            await_last_word(mailbox)
        } else {
            match begin(&bytes) {
                Ok((study, survey, mut folder)) => {
                    work_on(&survey, study.space(), &mut folder, mailbox, terms.clone(), tell)?
                }
                Err(refusal) => {
                    mailbox.send(0, &Message::Refused(refusal.to_string()));
                    await_last_word(mailbox)
                }
            }
        };
        if word != LastWord::Again {
            return Ok(());
        }
    }
}

fn begin(bytes: &[u8]) -> Result<(Study, Survey, Folder), Refusal> {
    let briefing: Briefing = unpack(bytes).ok_or_else(|| Refusal::Version("another one".to_owned()))?;
    if briefing.program != env!("CARGO_PKG_VERSION") || briefing.numerics != NUMERICS_VERSION {
        return Err(Refusal::Version(format!("{}, arithmetic {}", briefing.program, briefing.numerics)));
    }
    let study = Study::from_texts(Texts::from_text(&briefing.texts)?).map_err(StudyError::from)?;
    let identity = study.identity();
    if identity.hash() != briefing.hash {
        return Err(Refusal::Numbers);
    }
    let survey = study.survey()?;
    let quantities = survey.quantities().len();
    let folder =
        Folder::under_claim(&briefing.folder, &briefing.claim, &identity, study.space(), quantities)?;
    Ok((study, survey, folder))
}
