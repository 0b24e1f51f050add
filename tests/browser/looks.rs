//! Tests of the appearance of pages: approved pictures, contrast, both widths, keyboard, print.

use crate::Test;
use crate::pages::{Pages, Sheet};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::path::PathBuf;

pub const TESTS: &[Test] = &[
    ("answers_look_as_approved", answers_look_as_approved),
    ("figures_look_as_approved", figures_look_as_approved),
    ("pages_on_phones_look_as_approved", pages_on_phones_look_as_approved),
    ("no_content_overflows_at_1280_and_390_pixels", no_content_overflows),
    ("text_has_sufficient_contrast_in_light_and_dark", text_has_sufficient_contrast),
    ("all_controls_are_reachable_by_keyboard_in_order", all_controls_are_reachable_by_keyboard),
    ("all_controls_have_accessible_names", all_controls_have_accessible_names),
    ("light_and_dark_can_be_chosen", light_and_dark_can_be_chosen),
    ("pages_print_on_a4", pages_print_on_a4),
];

/// Least similarity to an approved picture: browsers differ in the smoothing of letters and lines.
const ALIKE: f64 = 0.985;

/// Sets the fonts of this repository, so that pictures do not depend on those of the machine.
fn with_bundled_fonts(sheet: &Sheet) {
    sheet.run("document.fonts.clear()");
    let font = STANDARD.encode(include_bytes!("../../assets/fonts/DejaVuSans.ttf"));
    let bold = STANDARD.encode(include_bytes!("../../assets/fonts/DejaVuSans-Bold.ttf"));
    // As bytes, since the content security policy of the page forbids loading fonts.
    let load = |data: &str, weight: &str| {
        format!(
            "bytes = Uint8Array.from(atob('{data}'), (c) => c.charCodeAt(0)).buffer; document.fonts.add(new FontFace('Approved', bytes, {{ weight: '{weight}' }}));"
        )
    };
    sheet.run(&format!("var bytes; {}", load(&font, "400")));
    sheet.run(&load(&bold, "700"));
    sheet
        .tab
        .evaluate("Promise.all([...document.fonts].map((font) => font.load()))", true)
        .unwrap();
    sheet.run("document.documentElement.style.setProperty('--font', 'Approved'); document.querySelectorAll('code').forEach((c) => { c.style.fontFamily = 'Approved'; })");
    sheet.rest();
}

fn answers_look_as_approved(pages: &Pages) {
    let answer = |folder, name| (folder, 1280, "light", "#answer", name);
    looks_as_approved(
        pages,
        &[
            answer("compare", "compare-answer"),
            answer("attribute", "attribute-answer"),
            answer("coalitions", "coalitions-answer"),
            answer("sweep", "sweep-answer"),
            answer("discover", "discover-answer"),
        ],
    );
}

fn figures_look_as_approved(pages: &Pages) {
    looks_as_approved(
        pages,
        &[
            ("compare", 1280, "dark", "#figures", "compare-figures-dark"),
            ("run", 1280, "light", "#figures", "run-figures"),
        ],
    );
}

fn pages_on_phones_look_as_approved(pages: &Pages) {
    looks_as_approved(
        pages,
        &[
            ("compare", 390, "dark", "#answer", "compare-answer-phone-dark"),
            ("sensitivity", 390, "light", "#answer", "sensitivity-answer-phone"),
        ],
    );
}

/// Part of a page in an approved picture: folder, width in pixels, colour scheme, selector, name of
/// the picture.
type Picture = (&'static str, u32, &'static str, &'static str, &'static str);

fn looks_as_approved(pages: &Pages, pictures: &[Picture]) {
    let approved = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("approved");
    let renew = std::env::var_os("UPDATE_SCREENSHOTS").is_some();
    let mut complaints = Vec::new();
    for &(folder, width, scheme, part, name) in pictures {
        let sheet = pages.open(folder, width, scheme);
        with_bundled_fonts(&sheet);
        let picture = sheet.picture(part);
        let file = approved.join(format!("{name}.png"));
        if renew {
            std::fs::create_dir_all(&approved).unwrap();
            std::fs::write(&file, &picture).unwrap();
            continue;
        }
        let found = image::load_from_memory(&picture).unwrap().to_rgb8();
        let wanted = image::open(&file)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()))
            .to_rgb8();
        let likeness = if found.dimensions() == wanted.dimensions() {
            image_compare::rgb_hybrid_compare(&found, &wanted).unwrap().score
        } else {
            0.0
        };
        if likeness < ALIKE {
            let seen = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
            std::fs::write(&seen, &picture).unwrap();
            complaints.push(format!(
                "{name}: {likeness:.4} alike, {:?} against {:?}; look at {}",
                found.dimensions(),
                wanted.dimensions(),
                seen.display()
            ));
        }
    }
    assert!(
        complaints.is_empty(),
        "renew with UPDATE_SCREENSHOTS=1 after looking:\n{}",
        complaints.join("\n")
    );
}

fn no_content_overflows(pages: &Pages) {
    pages.each(|name, sheet| {
        sheet.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })");
        for width in [390, 1280] {
            sheet.resize(width);
            std::thread::sleep(std::time::Duration::from_millis(150));
            let wide = sheet.value("document.documentElement.scrollWidth").as_u64().unwrap();
            assert!(wide <= u64::from(width), "{name}: {wide} pixels wide at {width}");
        }
    });
}

/// Script that computes the contrast of texts in the page (WCAG 2).
const CONTRAST: &str = r#"(() => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (colour) => {
    context.fillStyle = colour; context.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((x) => x / 255).map((x) => (x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(document.documentElement), value = (name) => style.getPropertyValue(name).trim();
  const ratio = (a, b) => { const [x, y] = [light(value(a)), light(value(b))].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const texts = ["--ink", "--soft", "--accent", "--lack"].flatMap((ink) => ["--paper", "--panel"].map((ground) => [ink, ground, ratio(ink, ground), 4.5]));
  const marks = d3.range(8).map((at) => [`--design-${at}`, "--panel", ratio(`--design-${at}`, "--panel"), 2]);
  return [...texts, ["--ink", "--mark", ratio("--ink", "--mark"), 4.5], ...marks].filter(([, , found, least]) => found < least).map(([ink, ground, found]) => `${ink} on ${ground}: ${found.toFixed(2)}`);
})()"#;

fn text_has_sufficient_contrast(pages: &Pages) {
    for scheme in ["light", "dark"] {
        let sheet = pages.open("compare", 1280, scheme);
        assert_eq!(sheet.texts(CONTRAST), Vec::<String>::new(), "{scheme}");
    }
}

fn all_controls_are_reachable_by_keyboard(pages: &Pages) {
    let sheet = pages.open_plain("run");
    let mut reached = Vec::new();
    for _ in 0..16 {
        sheet.tab.press_key("Tab").unwrap();
        reached.push(
            sheet.text("document.activeElement.textContent.trim().slice(0, 30) || document.activeElement.tagName"),
        );
    }
    assert_eq!(reached[..4], ["Skip to the key findings", "Key findings", "Explore", "Evidence"]);
    for wanted in ["Dark", "Print", "SVG", "PNG", "Numbers"] {
        assert!(reached.iter().any(|text| text == wanted), "{wanted} in {reached:?}");
    }
    let order = sheet
        .value("[...document.querySelectorAll('[tabindex]')].filter((e) => e.tabIndex > 0).length");
    assert_eq!(order, 0, "the order of the page is the order of the keyboard");
}

fn all_controls_have_accessible_names(pages: &Pages) {
    pages.each(|name, sheet| {
        let nameless = sheet.texts(
            r#"[...document.querySelectorAll("input, select, button")].filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.closest("label")?.textContent.trim())).map((e) => e.outerHTML)"#,
        );
        assert_eq!(nameless, Vec::<String>::new(), "{name}");
        assert_eq!(sheet.value("document.querySelectorAll('h1').length"), 1, "{name}");
        assert_eq!(sheet.text("document.documentElement.lang"), "en");
    });
}

fn light_and_dark_can_be_chosen(pages: &Pages) {
    let sheet = pages.open_plain("run");
    let ground = || sheet.text("getComputedStyle(document.body).backgroundColor");
    let light = ground();
    sheet.run("document.getElementById('theme').click()");
    assert_ne!(light, ground());
    sheet.run("document.getElementById('theme').click()");
    assert_eq!(light, ground());
}

fn pages_print_on_a4(pages: &Pages) {
    let sheet = pages.open_plain("compare");
    let media = headless_chrome::protocol::cdp::Emulation::SetEmulatedMedia {
        media: Some("print".into()),
        features: None,
    };
    sheet.tab.call_method(media).unwrap();
    let hidden = sheet.value("[...document.querySelectorAll('nav, #choices, .actions')].every((e) => getComputedStyle(e).display === 'none')");
    assert_eq!(hidden, true, "what is to be clicked does not stand on paper");
    // The width of 182 mm between the margins is 688 pixels.
    sheet.resize(688);
    std::thread::sleep(std::time::Duration::from_millis(400));
    let wide = sheet
        .value("Math.max(...[...document.querySelectorAll('figure')].map((f) => f.getBoundingClientRect().right))");
    assert!(wide.as_f64().unwrap() <= 689.0, "{wide}");
    let pdf = sheet
        .tab
        .print_to_pdf(Some(headless_chrome::types::PrintToPdfOptions {
            prefer_css_page_size: Some(true),
            ..Default::default()
        }))
        .unwrap();
    assert!(pdf.starts_with(b"%PDF") && pdf.len() > 50_000);
}
