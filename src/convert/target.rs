//! Where to: an output, and in which format.

use crate::error::{Error, Result};
use crate::format::{Compression, Format, Offer, Registry, Settings, WriteOptions};
use crate::input::{data_extension, outer_extension};
use crate::output::Output;
use crate::output::compress::OuterCompression;
use crate::schema::load::SchemaFile;

/// An output with the name of its format (if it was given) and write options.
#[derive(Debug)]
pub struct Target {
    /// Where the bytes go.
    pub output: Output,
    /// Name of the format; `None`: by extension.
    pub format: Option<String>,
    /// How to write.
    pub options: WriteOptions,
}

impl Target {
    /// An output in the format called `format`.
    pub fn with_format(target: impl Into<Target>, format: &str) -> Self {
        Target { format: Some(format.to_owned()), ..target.into() }
    }
    /// Sets a setting of the format: `option("nested", "flatten")`.
    pub fn option(mut self, name: &str, value: &str) -> Self {
        self.options.settings.set(name, value);
        self
    }
    /// Codec and level: `compression("zstd:3".parse()?)`.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.options.compression = Some(compression);
        self
    }
    /// Allows replacing an existing file.
    pub fn overwrite(mut self, allowed: bool) -> Self {
        self.output = self.output.overwrite(allowed);
        self
    }
}

impl From<Output> for Target {
    fn from(output: Output) -> Self {
        Target { output, format: None, options: WriteOptions::default() }
    }
}
impl From<&str> for Target {
    fn from(path: &str) -> Self {
        if path == "-" { Output::stdout().into() } else { Output::path(path).into() }
    }
}
impl From<&std::path::Path> for Target {
    fn from(path: &std::path::Path) -> Self {
        Output::path(path).into()
    }
}
impl From<std::path::PathBuf> for Target {
    fn from(path: std::path::PathBuf) -> Self {
        Output::path(path).into()
    }
}
impl From<&std::path::PathBuf> for Target {
    fn from(path: &std::path::PathBuf) -> Self {
        Output::path(path).into()
    }
}
impl From<String> for Target {
    fn from(path: String) -> Self {
        path.as_str().into()
    }
}

/// A target whose format is known.
pub(super) struct ResolvedTarget {
    pub(super) output: Output,
    pub(super) format: &'static dyn Format,
    pub(super) options: WriteOptions,
    /// Whether a name for the record was given.
    named: bool,
    /// Settings that were given, apart from those that a name of the format implies.
    given: Settings,
}

impl ResolvedTarget {
    pub(super) fn new(target: Target, registry: &Registry) -> Result<Self> {
        let Target { mut output, format, mut options } = target;
        let extension = output.as_path().and_then(data_extension);
        let (format, implied) = match (&format, &extension) {
            (Some(name), _) => registry.by_name(name)?,
            (None, Some(extension)) => registry.by_extension(extension).ok_or_else(|| {
                Error::usage(format!("no format has the extension {extension:?}"))
                    .in_source(output.name())
                    .with_hint("name the format with --to")
            })?,
            (None, None) => {
                return Err(Error::usage("the output has no extension that names a format")
                    .in_source(output.name())
                    .with_hint("name the format with --to"));
            }
        };
        let info = format.info();
        let given = options.settings.clone();
        for (name, value) in implied.iter() {
            options.settings.set_default(name, value);
        }
        options.settings.check(info.name, info.write)?;
        if let Some(codec) = output.as_path().and_then(outer_extension) {
            if !info.outer_compression {
                return Err(Error::usage(format!("{} files are not compressed as a whole", info.name))
                    .in_source(output.name())
                    .with_hint(format!("use --compression with one of: {}", info.codecs.join(", "))));
            }
            output = output.compressed(Some(OuterCompression::new(codec)));
        }
        if let Some(compression) = &options.compression {
            output = outer_level(output, compression, info.codecs, info.name)?;
        }
        if let Some(path) = &options.emit_schema {
            if path.as_os_str() == "-" {
                return Err(Error::usage("the schema is not printed").with_hint("name a file: --emit-schema FILE"));
            }
            if !format.emits_schema(&options.settings) {
                return Err(Error::usage(format!("no schema file belongs to {}", info.name))
                    .in_source(path.to_string_lossy())
                    .with_hint(
                        "only avro and protobuf are written with one; `fmtconv schema show FILE --as avro` prints one",
                    ));
            }
        }
        let named = options.name.is_some();
        if let Some(name) = options.name.take() {
            // Where nothing has a name, prepare says so.
            options.name = format.takes_name(&name, &options.settings)?.then_some(name);
        }
        if options.name.is_none() {
            options.name = output.as_path().and_then(|path| {
                let stem = path.file_stem()?.to_string_lossy().into_owned();
                Some(stem.split('.').next().unwrap_or_default().to_owned())
            });
        }
        Ok(ResolvedTarget { output, format, options, named, given })
    }

    /// What is to be said of a name for the record that has no effect. `offers`: settings that nothing else took.
    ///
    /// # Errors
    /// `Usage` if a setting has no effect that was given for this side alone.
    pub(super) fn idle(&self, offers: &[&Offer]) -> Result<Option<String>> {
        let given = self.given.iter().map(|(name, value)| (name, format!("--to-opt {name}={value}")));
        let given = given.chain(offers.iter().map(|offer| (offer.name.as_str(), offer.typed())));
        for (name, shown) in given {
            if let Some(why) = self.format.idle(name, &self.options) {
                return Err(Error::usage(format!("{shown} has no effect: {why}")).with_hint("leave it out"));
            }
        }
        let format = self.format.info().name;
        let named = self.options.name.as_deref().unwrap_or_default();
        Ok(match (self.named, self.format.takes_name(named, &self.options.settings)) {
            (false, _) => None,
            (true, Err(error)) => return Err(error),
            (true, Ok(false)) => Some(format!("--name has no effect: nothing in {format} has a name")),
            (true, _) if self.options.definition.is_some() => {
                Some("--name has no effect: the schema that is given has a name".to_owned())
            }
            (true, _) => None,
        })
    }

    pub(super) fn with_schema(&mut self, schema: SchemaFile) -> Result<()> {
        if schema.apply_to_target(self.format, &mut self.options) {
            return Ok(());
        }
        let name = self.format.info().name;
        Err(Error::usage(format!("{name} is not written with this kind of schema"))
            .in_source(schema.definition.path.to_string_lossy())
            .with_hint("avro is written with an .avsc file, protobuf with a .proto file or a descriptor set"))
    }
}

/// `--compression` names a codec of the container, or the level of the outer compression.
fn outer_level(output: Output, compression: &Compression, codecs: &[&str], format: &str) -> Result<Output> {
    use crate::source::decompress::OuterCodec;
    if codecs.contains(&compression.codec.as_str()) {
        return Ok(output);
    }
    let (outer, levels) = match compression.codec.as_str() {
        "none" => {
            return match output.compression() {
                None => Ok(output),
                Some(current) => {
                    let extension = current.codec.extension();
                    Err(Error::usage(format!("the output is named .{extension} but --compression says none")))
                }
            };
        }
        "gzip" => (OuterCodec::Gzip, Some(0..=9)),
        "zstd" => (OuterCodec::Zstd, Some(Compression::ZSTD_LEVELS)),
        "bzip2" => (OuterCodec::Bzip2, Some(1..=9)),
        "xz" => (OuterCodec::Xz, Some(0..=9)),
        "lz4" => (OuterCodec::Lz4, None),
        other => {
            let known = if codecs.is_empty() { "gzip, zstd, bzip2, xz, lz4".to_owned() } else { codecs.join(", ") };
            return Err(Error::usage(format!("unknown compression {other:?} for {format}"))
                .with_hint(format!("compressions of {format}: {known}; or none")));
        }
    };
    if !codecs.is_empty() {
        return Err(Error::usage(format!("{format} has no compression {:?}", compression.codec))
            .with_hint(format!("compressions of {format}: {}", codecs.join(", "))));
    }
    match output.compression() {
        Some(current) if current.codec != outer => Err(Error::usage(format!(
            "the output is named .{} but --compression says {}",
            current.codec.extension(),
            compression.codec
        ))),
        _ => {
            let level = compression.level_of(levels)?;
            Ok(output.compressed(Some(OuterCompression { codec: outer, level })))
        }
    }
}
