//! Conversion of SVG to PNG, with the embedded fonts only.

use resvg::{tiny_skia, usvg};
use std::sync::{Arc, LazyLock};

pub(super) static SANS: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSans.ttf");
pub(super) static SANS_BOLD: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSans-Bold.ttf");

static FONTS: LazyLock<Arc<usvg::fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = usvg::fontdb::Database::new();
    for font in [SANS, SANS_BOLD] {
        fonts.load_font_source(usvg::fontdb::Source::Binary(Arc::new(font)));
    }
    fonts.set_sans_serif_family("DejaVu Sans");
    Arc::new(fonts)
});

fn tree(svg: &str) -> Result<usvg::Tree, String> {
    let options = usvg::Options {
        fontdb: Arc::clone(&FONTS),
        font_family: "DejaVu Sans".into(),
        ..Default::default()
    };
    usvg::Tree::from_str(svg, &options).map_err(|error| error.to_string())
}

/// Returns the figure as a PNG with `scale` pixels per unit of the SVG.
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>, String> {
    let tree = tree(svg)?;
    let size = tree.size().to_int_size().scale_by(scale).ok_or("the figure has no size")?;
    let mut image =
        tiny_skia::Pixmap::new(size.width(), size.height()).ok_or("the figure is too large")?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut image.as_mut());
    image.encode_png().map_err(|error| error.to_string())
}

/// Returns a description of texts that leave the figure or overlap; for tests of figures.
pub fn overlaps(svg: &str) -> Result<Vec<String>, String> {
    let tree = tree(svg)?;
    let mut texts: Vec<(String, tiny_skia::Rect)> = Vec::new();
    collect(tree.root(), &mut texts);
    let mut found = Vec::new();
    let size = tree.size();
    for (at, (text, area)) in texts.iter().enumerate() {
        if area.left() < 0.0
            || area.top() < 0.0
            || area.right() > size.width()
            || area.bottom() > size.height()
        {
            found.push(format!("`{text}` leaves the figure"));
        }
        for (other, other_area) in &texts[at + 1..] {
            // Line boxes are taller than glyphs, so a small vertical overlap is not visible.
            let across = area.right().min(other_area.right()) - area.left().max(other_area.left());
            let down = area.bottom().min(other_area.bottom()) - area.top().max(other_area.top());
            if across > 1.0 && down > 4.0 {
                found.push(format!("`{text}` lies on `{other}`"));
            }
        }
    }
    Ok(found)
}

fn collect(group: &usvg::Group, texts: &mut Vec<(String, tiny_skia::Rect)>) {
    for node in group.children() {
        match node {
            usvg::Node::Group(group) => collect(group, texts),
            usvg::Node::Text(text) => {
                let words: String = text.chunks().iter().map(|chunk| chunk.text()).collect();
                if !words.trim().is_empty() {
                    texts.push((words, text.abs_bounding_box()));
                }
            }
            _ => {}
        }
    }
}
