//! Every table and column of leads says how it travels.

use store::schema::unruled;

use super::world::on_both;
use crate::world::schemas;

#[tokio::test]
async fn every_table_and_column_has_its_rule() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        assert_eq!(unruled(market.db(), &schemas()).await.unwrap(), Vec::<String>::new());
    })
    .await;
}
