//! GEOMETRY and GEOGRAPHY as text in `parquet.logical`: `GEOMETRY`, `GEOMETRY(crs)`, `GEOGRAPHY(crs,algorithm)`.

use parquet::basic::{EdgeInterpolationAlgorithm, LogicalType};

const ALGORITHMS: &[(&str, EdgeInterpolationAlgorithm)] = &[
    ("SPHERICAL", EdgeInterpolationAlgorithm::SPHERICAL),
    ("VINCENTY", EdgeInterpolationAlgorithm::VINCENTY),
    ("THOMAS", EdgeInterpolationAlgorithm::THOMAS),
    ("ANDOYER", EdgeInterpolationAlgorithm::ANDOYER),
    ("KARNEY", EdgeInterpolationAlgorithm::KARNEY),
];

/// The text of an annotation; `None` for other ones, and for an algorithm without a name.
pub(super) fn text(annotation: &LogicalType) -> Option<String> {
    match annotation {
        LogicalType::Geometry(geometry) => Some(match &geometry.crs {
            None => "GEOMETRY".to_owned(),
            Some(crs) => format!("GEOMETRY({crs})"),
        }),
        LogicalType::Geography(geography) => match (&geography.crs, geography.algorithm) {
            (None, None) => Some("GEOGRAPHY".to_owned()),
            (crs, algorithm) => {
                let name = match algorithm {
                    None => "",
                    Some(algorithm) => ALGORITHMS.iter().find(|(_, known)| *known == algorithm)?.0,
                };
                Some(format!("GEOGRAPHY({},{name})", crs.as_deref().unwrap_or_default()))
            }
        },
        _ => None,
    }
}

/// The annotation of a text.
pub(super) fn parse(text: &str) -> Option<LogicalType> {
    let inner = |kind: &str| text.strip_prefix(kind)?.strip_prefix('(')?.strip_suffix(')');
    match text {
        "GEOMETRY" => return Some(LogicalType::geometry(None)),
        "GEOGRAPHY" => return Some(LogicalType::geography(None, None)),
        _ => {}
    }
    if let Some(crs) = inner("GEOMETRY") {
        return Some(LogicalType::geometry(Some(crs.to_owned())));
    }
    let (crs, name) = inner("GEOGRAPHY")?.rsplit_once(',')?;
    let algorithm = match name {
        "" => None,
        name => Some(ALGORITHMS.iter().find(|(known, _)| *known == name)?.1),
    };
    Some(LogicalType::geography((!crs.is_empty()).then(|| crs.to_owned()), algorithm))
}
