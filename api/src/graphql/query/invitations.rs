//! `invitations`.

use async_graphql::{
    Context, Object, Result,
    connection::{Connection, EmptyFields},
};

use crate::{
    Api,
    account::invitation,
    graphql::{
        access::{ADMINS, Allow},
        fault,
        object::{DEFAULT_PAGE, InvitationObject, Page, page},
        position::Cursor,
    },
};

#[derive(Default)]
pub(super) struct InvitationsQuery;

#[Object]
impl InvitationsQuery {
    /// Who has been invited, in the order of the invitations. Those that are over are listed for another thirty days.
    #[graphql(
        guard = "Allow(ADMINS)",
        complexity = "1 + usize::try_from(first.unwrap_or(DEFAULT_PAGE)).unwrap_or(0) * child_complexity"
    )]
    async fn invitations(
        &self,
        context: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Cursor, InvitationObject, EmptyFields, EmptyFields>> {
        let ledger = &context.data::<Api>()?.ledger;
        page(context, Page { after, first }, async |request| {
            let invitations = invitation::page(ledger, request.after.get(), request.limit).await;
            let invitations = invitations.map_err(|error| fault::internal(context, &error))?;
            Ok(invitations.into_iter().map(|row| (row.number.into(), row.into())).collect())
        })
        .await
    }
}
