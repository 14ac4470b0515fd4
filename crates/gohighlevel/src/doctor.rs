/// Finding.
#[derive(Clone, Debug)]
pub struct Finding;
