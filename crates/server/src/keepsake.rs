//! What pages and API keep of markets on the hub's own disk (backups) or hand out (exports), and where to.

use std::{
    io,
    path::{Path, PathBuf},
};

use axum::{
    body::{Body, Bytes},
    http::header,
    response::{IntoResponse, Response},
};
use jiff::SignedDuration;
use kernel::{MarketName, Moment, Ulid};
use markets::{BackupRecord, MarketRecord, Markets, Placement};
use tokio::io::AsyncReadExt;

use crate::{app::AppState, problem::Problem, unbroken::unbroken};

/// Bytes of an archive that are in memory at once, per reader.
const CHUNK: usize = 64 * 1024;
/// Hours of a day, in a grace period.
const HOURS_PER_DAY: i64 = 24;

/// Backs a market up into a new folder of the hub's folder for backups.
///
/// # Errors
/// When the hub has no such folder, or as [`Markets::backup`].
pub async fn back_up(state: &AppState, name: &MarketName, at: &Moment) -> Result<BackupRecord, Problem> {
    let to = folder(state)?.join(name.as_str()).join(stamp(at));
    state.markets().backup(name, &to, at).await?;
    let path = to.display().to_string();
    let backups = state.markets().backups(name).await?;
    backups
        .into_iter()
        .find(|backup| backup.path == path)
        .ok_or_else(|| Problem::internal(&io::Error::other("a backup that was just made is not on record")))
}

/// Puts the backup `id` in the place of the market's database.
///
/// # Errors
/// 404 when the market has no such backup, or as [`Markets::restore`].
pub async fn restore(
    state: &AppState,
    name: &MarketName,
    id: Ulid,
    at: &Moment,
) -> Result<MarketRecord, Problem> {
    let backups = state.markets().backups(name).await?;
    let backup = backups.iter().find(|backup| backup.id == id);
    let backup = backup.ok_or_else(|| Problem::not_found("The market has no such backup."))?;
    let (markets, name, at) = (state.markets().clone(), name.clone(), at.clone());
    let path = PathBuf::from(&backup.path);
    unbroken(async move { markets.restore(&name, &path, &at).await }).await
}

/// Moves a market's database.
///
/// # Errors
/// As [`Markets::move_to`].
pub async fn move_to(
    state: &AppState,
    name: &MarketName,
    to: Placement,
    at: &Moment,
) -> Result<MarketRecord, Problem> {
    let (markets, name, at) = (state.markets().clone(), name.clone(), at.clone());
    unbroken(async move { markets.move_to(&name, to, &at).await }).await
}

/// The whole market as a ZIP archive, without keys. Nothing of it stays on the hub's disk.
///
/// # Errors
/// As [`Markets::export`], and when the disk fails.
pub async fn export(state: &AppState, name: &MarketName, at: &Moment) -> Result<Response, Problem> {
    // In the hub's own folder: what is left of an export when the process dies is removed by the hub.
    let scratch = state.markets().scratch().await?;
    let place = tempfile::Builder::new().prefix("export-").tempdir_in(scratch).map_err(broken)?;
    let rows = place.path().join("rows");
    state.markets().export(name, &rows, None, at).await?;
    let stem = format!("{name}-{}", stamp(at));
    let archive = {
        let stem = stem.clone();
        let packed = tokio::task::spawn_blocking(move || {
            let file = pack(&rows, &stem)?;
            drop(place);
            Ok::<_, io::Error>(file)
        });
        packed.await.map_err(|error| Problem::internal(&error))?.map_err(broken)?
    };
    let bytes = archive.metadata().map_err(broken)?.len();
    let reading = futures::stream::try_unfold(tokio::fs::File::from_std(archive), async |mut file| {
        let mut chunk = vec![0; CHUNK];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok::<_, io::Error>((read > 0).then(|| (Bytes::from(chunk), file)))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_LENGTH, bytes.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{stem}.zip\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(reading)).into_response())
}

/// The files of `folder` as entries of one archive below `stem`; the file has no name on the disk.
fn pack(folder: &Path, stem: &str) -> io::Result<std::fs::File> {
    let mut archive = zip::ZipWriter::new(tempfile::tempfile()?);
    let options = zip::write::SimpleFileOptions::default().large_file(true);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.sort();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        archive.start_file(format!("{stem}/{name}"), options)?;
        io::copy(&mut std::fs::File::open(&path)?, &mut archive)?;
    }
    let mut file = archive.finish()?;
    io::Seek::rewind(&mut file)?;
    Ok(file)
}

/// Deletes a market after the grace period of its own policy; of the shipped one, when the market cannot be read.
///
/// # Errors
/// As [`Markets::delete`].
pub async fn delete(state: &AppState, name: &MarketName, at: &Moment) -> Result<MarketRecord, Problem> {
    // Its own policy also when it is suspended; the shipped one only when its database cannot be read at all.
    let policy = match state.markets().inspect(name).await {
        Ok(market) => market.policy().await.ok(),
        Err(_) => None,
    };
    let policy = policy.unwrap_or_else(markets::MarketPolicy::shipped);
    let days = i64::from(policy.retention.deleted_market_days.value);
    Ok(state.markets().delete(name, SignedDuration::from_hours(days * HOURS_PER_DAY), at).await?)
}

/// The place that people call `text`: `embedded`, or a server's identifier or name.
///
/// # Errors
/// When there is none.
pub async fn placement(markets: &Markets, text: &str) -> Result<Placement, Problem> {
    if text == "embedded" {
        return Ok(Placement::Embedded);
    }
    let servers = markets.servers().await?;
    let found = servers.iter().find(|server| server.name == text || server.id.to_string() == text);
    found.map(|server| Placement::Server(server.id)).ok_or_else(|| {
        let known: Vec<&str> = servers.iter().map(|server| server.name.as_str()).collect();
        let text = match known.is_empty() {
            true => "There is no server for markets yet: only `embedded` is a place.".to_owned(),
            false => format!("There is no such place: `embedded`, or one of {}.", known.join(", ")),
        };
        Problem::invalid(text.clone()).with_error("placement", text)
    })
}

/// Where backups go.
fn folder(state: &AppState) -> Result<&Path, Problem> {
    state.config().backups.as_deref().ok_or_else(|| {
        Problem::conflict(
            "This hub has no folder for backups. Name one in its configuration (`backups`), or use `ehub market backup NAME --to FOLDER`.",
        )
    })
}

/// An instant as part of a file's name, UTC.
fn stamp(at: &Moment) -> String {
    at.now.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn broken(error: io::Error) -> Problem {
    Problem::internal(&error)
}
