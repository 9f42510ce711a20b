//! Parts that several pages have.

use maud::{Markup, html};

/// Something that is wrong, or missing.
pub(super) fn notice(what: &Markup) -> Markup {
    html! { p class="notice" role="status" { (what) } }
}

/// A table that a narrow window scrolls by itself, by keyboard too; named by the heading with that id.
pub(super) fn wide_table(heading: &str, content: &Markup) -> Markup {
    html! {
        div class="scroll" role="region" aria-labelledby=(heading) tabindex="0" { table { (content) } }
    }
}
