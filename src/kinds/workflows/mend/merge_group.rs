use super::layout::Layout;
use crate::gate::Edit;
use crate::kinds::workflows::model::WorkflowFile;

/// The trigger `merge_group` beside the others.
pub(super) fn add(file: &WorkflowFile) -> Option<Edit> {
    let layout = Layout::of(file);
    let on = file.root.get("on")?;
    let Some(entries) = on.as_map() else {
        return layout.add_words(on, &["merge_group"]);
    };
    let last = entries.last()?;
    if layout.is_flow(on) {
        let end = last.value.span.end.max(last.key.span.end);
        let colon = if last.value.is_null() && last.value.span.end <= last.key.span.end {
            // `{push}`: a key without a colon.
            ": "
        } else {
            ""
        };
        return Some(Edit::insert(end, format!("{colon}, merge_group: ")));
    }
    let indent = layout.indent(entries.first()?.key.span)?;
    // Behind the line of the last word of the last trigger.
    let end = last.value.span.end.max(last.key.span.end);
    Some(layout.lines_after(end, &format!("{indent}merge_group:{}", layout.newline())))
}
