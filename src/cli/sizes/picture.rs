//! The table as a picture and as a page that needs nothing else.

use super::columns::ByColumn;
use super::{Row, per, total_time};
use crate::cli::{render, screen};

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 480.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 170.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 56.0;

/// One format and codec in the picture.
struct Point {
    label: String,
    /// Bytes a record.
    bytes: f64,
    seconds: f64,
    best: bool,
}

fn points(rows: &[Row]) -> Vec<Point> {
    let point = |row: &Row| {
        let measured = row.outcome.as_ref().ok()?;
        Some(Point {
            label: label(row),
            bytes: per(measured.bytes, measured.records).max(1e-3),
            seconds: total_time(measured).as_secs_f64().max(1e-6),
            best: row.best,
        })
    };
    rows.iter().filter_map(point).collect()
}

fn label(row: &Row) -> String {
    if row.codec.is_empty() || row.codec == "none" {
        row.format.clone()
    } else {
        format!("{} {}", row.format, row.codec)
    }
}

/// Logarithms of the ends of a scale, a little wider than its values.
fn scale(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let least = values.clone().fold(f64::INFINITY, f64::min).log10();
    let most = values.fold(f64::NEG_INFINITY, f64::max).log10();
    let room = ((most - least) * 0.06).max(0.02);
    if least.is_finite() { (least - room, most + room) } else { (0.0, 1.0) }
}

/// Bytes a record against the time of writing and reading, both in logarithms; the best stand out.
pub(super) fn svg(rows: &[Row]) -> String {
    let points = points(rows);
    let (x_from, x_to) = scale(points.iter().map(|point| point.bytes));
    let (y_from, y_to) = scale(points.iter().map(|point| point.seconds));
    let x = |bytes: f64| LEFT + (bytes.log10() - x_from) / (x_to - x_from) * (WIDTH - LEFT - RIGHT);
    let y = |seconds: f64| HEIGHT - BOTTOM - (seconds.log10() - y_from) / (y_to - y_from) * (HEIGHT - TOP - BOTTOM);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\" role=\"img\" aria-label=\"bytes a record and time of every format and codec\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    out += &format!(
        "<path d=\"M{LEFT} {TOP}V{bottom}H{right}\" fill=\"none\" stroke=\"#888\"/>\n\
         <text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\" fill=\"#444\">bytes a record</text>\n\
         <text x=\"16\" y=\"{:.0}\" text-anchor=\"middle\" fill=\"#444\" transform=\"rotate(-90 16 {:.0})\">\
         seconds to write and read</text>\n",
        (LEFT + right) / 2.0,
        HEIGHT - 12.0,
        (TOP + bottom) / 2.0,
        (TOP + bottom) / 2.0,
    );
    for tick in ticks(x_from, x_to) {
        let at = x(tick);
        out += &format!(
            "<path d=\"M{at:.1} {bottom}v5\" stroke=\"#888\"/>\
             <text x=\"{at:.1}\" y=\"{:.0}\" text-anchor=\"middle\" fill=\"#444\">{tick}</text>\n",
            bottom + 18.0
        );
    }
    for tick in ticks(y_from, y_to) {
        let at = y(tick);
        out += &format!(
            "<path d=\"M{LEFT} {at:.1}h-5\" stroke=\"#888\"/>\
             <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#444\">{tick}</text>\n",
            LEFT - 8.0,
            at + 4.0
        );
    }
    for Point { label, bytes, seconds, best } in &points {
        let (x, y) = (x(*bytes), y(*seconds));
        let (color, weight, size) = if *best { ("#0a6", "bold", 6) } else { ("#999", "normal", 4) };
        out += &format!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{size}\" fill=\"{color}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" font-weight=\"{weight}\" fill=\"#222\">{}</text>\n",
            x + 9.0,
            y + 4.0,
            escaped(label)
        );
    }
    out + "</svg>\n"
}

/// One, two and five times the powers of ten between two logarithms.
fn ticks(from: f64, to: f64) -> Vec<f64> {
    let powers = from.floor() as i32..=to.ceil() as i32;
    let all = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|digit| format!("{digit}e{power}")));
    let numbers = all.filter_map(|text| text.parse::<f64>().ok());
    numbers.filter(|number| (from..=to).contains(&number.log10())).collect()
}

/// A page with the picture and the tables.
pub(super) fn html(rows: &[Row], source_bytes: u64, by_column: Option<&ByColumn>) -> String {
    let mut out = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>fmtconv sizes</title>\n<style>\n\
         body { font: 15px/1.4 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222 }\n\
         table { border-collapse: collapse; margin: 1em 0 }\n\
         th, td { padding: .25em .8em; border-bottom: 1px solid #ddd; text-align: right }\n\
         th:first-child, td:first-child { text-align: left }\n\
         tr.best { font-weight: bold }\n\
         svg { max-width: 100% }\n</style>\n<h1>The same records in every format</h1>\n",
    );
    out += &format!(
        "<p>Source: {} bytes. In bold: no other row is both smaller and faster.</p>\n",
        render::count(source_bytes)
    );
    out += &svg(rows);
    out += "<table>\n<tr><th>format</th><th>bytes</th><th>bytes a record</th><th>× source</th><th>write</th><th>read</th></tr>\n";
    for row in rows {
        let name = escaped(&label(row));
        match &row.outcome {
            Ok(measured) => {
                out += &format!(
                    "<tr{}><td>{name}</td><td>{}</td><td>{:.1}</td><td>{:.3}</td><td>{}</td><td>{}</td></tr>\n",
                    if row.best { " class=\"best\"" } else { "" },
                    render::count(measured.bytes),
                    per(measured.bytes, measured.records),
                    per(measured.bytes, source_bytes),
                    render::time(measured.write),
                    measured.read.map_or_else(|| "–".to_owned(), render::time),
                );
            }
            Err(error) => {
                let why = escaped(&screen::printable(&error.to_string()));
                out += &format!("<tr><td>{name}</td><td colspan=\"5\">{why}</td></tr>\n");
            }
        }
    }
    out += "</table>\n";
    if let Some(ByColumn { formats, columns }) = by_column {
        out += "<h2>Bytes of each column, written alone</h2>\n<table>\n<tr><th>column</th>";
        out.extend(formats.iter().map(|format| format!("<th>{}</th>", escaped(format))));
        out += "</tr>\n";
        for (name, sizes) in columns {
            out += &format!("<tr><td>{}</td>", escaped(name));
            let cells = sizes.iter().map(|size| size.map_or_else(|| "–".to_owned(), render::count));
            out.extend(cells.map(|cell| format!("<td>{cell}</td>")));
            out += "</tr>\n";
        }
        out += "</table>\n";
    }
    out + "</html>\n"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
