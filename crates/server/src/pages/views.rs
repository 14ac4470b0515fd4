//! Views that a user saved: a table's search, filters, order and columns under a name.

use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use directory::Directory;
use kernel::Ulid;
use serde::Deserialize;

use crate::{
    design::{Address, Tone, View},
    flash,
    problem::Problem,
    viewer::{At, SignedIn, Viewer},
};

/// The viewer's views of the page they look at, for [`crate::design::Table::render`].
///
/// # Errors
/// When the database fails.
pub async fn of(viewer: &Viewer, directory: &Directory) -> Result<Vec<View>, Problem> {
    let Some(signed_in) = &viewer.signed_in else { return Ok(Vec::new()) };
    let views = directory.saved_views(signed_in.user().id, Some(viewer.address.path())).await?;
    Ok(views
        .into_iter()
        .map(|view| View { id: view.id.to_string(), name: view.name, query: view.query })
        .collect())
}

/// The form of a new view.
#[derive(Deserialize)]
pub struct NewView {
    page: String,
    #[serde(default)]
    query: String,
    name: String,
}

/// `POST /views`
pub async fn save(
    signed_in: SignedIn,
    At(at): At,
    State(directory): State<Directory>,
    Form(form): Form<NewView>,
) -> Result<Response, Problem> {
    let page = Address::parse(&format!("{}?{}", form.page, form.query)).local();
    let page = page.ok_or_else(|| Problem::bad_request("A view belongs to a page of this hub."))?;
    directory
        .save_view(signed_in.user().id, page.path(), &form.name, &page.query(), at.now, at.entropy)
        .await?;
    Ok(flash::redirect(&page, Tone::Good, &format!("The view “{}” is saved.", form.name.trim())))
}

/// Where to go back to.
#[derive(Deserialize)]
pub struct Back {
    #[serde(default)]
    back: String,
}

/// `POST /views/{id}/delete`
pub async fn delete(
    signed_in: SignedIn,
    State(directory): State<Directory>,
    Path(id): Path<Ulid>,
    Form(form): Form<Back>,
) -> Result<Response, Problem> {
    if !directory.delete_view(signed_in.user().id, id).await? {
        return Err(Problem::not_found("This view is gone already."));
    }
    let back = Address::parse(&form.back).local().unwrap_or_else(|| Address::at("/"));
    Ok(flash::redirect(&back, Tone::Good, "The view is deleted."))
}
