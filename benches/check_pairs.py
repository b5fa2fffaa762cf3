#!/usr/bin/env python3
"""Every format to every format, on large data: are the bytes the same for any number of threads, and are all values right?

    check_pairs.py FMTCONV DATA_FOLDER [--pairs csv:parquet,...] [--threads 1,2,8] [--work FOLDER] [--keep] [--sha-only]

DATA_FOLDER holds the same records in each format: data.csv, data.ndjson, data.json, data.null.avro, data.pb
(length-delimited, with schema.proto and schema_pb2.py), data.zstd.parquet (the truth) and data.arrow. For nested records
data.csv, with a cell of JSON text for each nested value, is made here from the truth by Python's csv and json; they are
read from text with the schema of the truth, since no text tells a map from a record.

Outputs are read with other software: pyarrow (CSV, Parquet, Arrow), duckdb (JSON), fastavro, google.protobuf. Every value
of every record is compared with the truth, batch by batch, so memory stays small. Equal files are read once.
Needs pyarrow, duckdb, fastavro, protobuf.
"""
import argparse, hashlib, json, os, shutil, subprocess, sys, tempfile, time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

FILES = {
    "csv": "data.csv", "ndjson": "data.ndjson", "json": "data.json", "avro": "data.null.avro",
    "pb": "data.pb", "parquet": "data.zstd.parquet", "arrow": "data.arrow",
}
ROWS = 65_536


class Different(Exception):
    """a value, a column or the number of records is not that of the truth"""


# ---------------------------------------------------------------- reading outputs with other software
def read_parquet(path, data):
    yield from pq.ParquetFile(path).iter_batches(batch_size=ROWS)


def read_arrow(path, data):
    with pa.memory_map(str(path)) as file:
        try:
            reader = pa.ipc.open_file(file)
            for at in range(reader.num_record_batches):
                yield reader.get_batch(at)
        except pa.ArrowInvalid:
            file.seek(0)
            yield from pa.ipc.open_stream(file)


def read_csv(path, data):
    from pyarrow import csv
    names = data.truth.names
    with open(path, newline="", encoding="utf-8") as file:
        import csv as plain
        if next(plain.reader(file)) != names:
            raise Different("other column names in the header")
    yield from csv.open_csv(
        path, csv.ReadOptions(block_size=8 << 20), csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(column_types={name: pa.string() for name in names}, null_values=[""], strings_can_be_null=True,
                           quoted_strings_can_be_null=False))


def read_json(path, data, layout):
    import duckdb
    columns = {column["name"]: column["duck"] for column in data.meta["columns"]}
    connection = duckdb.connect()
    connection.execute("set timezone='UTC'")
    connection.execute(f"set temp_directory='{data.work}'")
    relation = connection.sql(
        f"select * from read_json('{path}', format='{layout}', columns={columns!r}, maximum_object_size=67108864)")
    yield from relation.to_arrow_reader(ROWS) if hasattr(relation, "to_arrow_reader") else relation.fetch_arrow_reader(ROWS)


def in_batches(records, schema):
    block = []
    for record in records:
        block.append(record)
        if len(block) == ROWS:
            yield pa.RecordBatch.from_pylist(block, schema)
            block = []
    if block:
        yield pa.RecordBatch.from_pylist(block, schema)


def read_avro(path, data):
    import fastavro
    with open(path, "rb") as file:
        reader = fastavro.reader(file)
        names = [field["name"] for field in reader.writer_schema["fields"]]
        if names != data.truth.names:
            raise Different(f"columns {names}")
        kinds = [avro_kind(field["type"], kind.type) for field, kind in zip(reader.writer_schema["fields"], data.loose)]
        yield from in_batches(reader, pa.schema(list(zip(names, kinds))))


def avro_kind(written, truth):
    """the Arrow type of a column: text and decimals as the file has them, else as the truth"""
    for branch in written if isinstance(written, list) else [written]:
        if branch == "string":
            return pa.string()
        if isinstance(branch, dict) and branch.get("logicalType") == "decimal":
            return pa.decimal128(branch["precision"], branch.get("scale", 0))
        # fastavro gives nanoseconds as they are stored: as numbers.
        if isinstance(branch, dict) and branch.get("logicalType") == "timestamp-nanos":
            return pa.timestamp("ns", "UTC")
        if branch in ("double", "long", "int") and pa.types.is_string(truth):
            return pa.float64() if branch == "double" else pa.int64()
    return truth


def delimited(path, message):
    data = memoryview(path.read_bytes()) if path.stat().st_size < 4 << 30 else None
    at, end = 0, len(data)
    while at < end:
        size = shift = 0
        while True:
            byte = data[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if at + size > end:
            raise Different("the last message is cut off")
        yield message.FromString(bytes(data[at:at + size]))
        at += size


def read_pb(path, data):
    sys.path.insert(0, str(data.folder))
    import schema_pb2

    def plan(descriptor):
        steps = []
        for field in descriptor.fields:
            kind = field.message_type
            if kind and kind.GetOptions().map_entry:
                step = lambda message, name=field.name: list(getattr(message, name).items())
            elif field.is_repeated if hasattr(field, "is_repeated") else field.label == 3:
                inner = value_of(kind)
                step = (lambda message, name=field.name, inner=inner: [inner(item) for item in getattr(message, name)]) if inner \
                    else (lambda message, name=field.name: list(getattr(message, name)))
            elif kind:
                inner = value_of(kind)
                step = lambda message, name=field.name, inner=inner: inner(getattr(message, name)) if message.HasField(name) else None
            elif field.has_presence:
                step = lambda message, name=field.name: getattr(message, name) if message.HasField(name) else None
            else:
                step = lambda message, name=field.name: getattr(message, name)
            steps.append((field.name, step))
        return lambda message: {name: step(message) for name, step in steps}

    def value_of(kind):
        if kind is None:
            return None
        if kind.full_name == "google.protobuf.Timestamp":
            def micros(stamp):
                if stamp.nanos % 1000:
                    raise Different("nanoseconds that the truth has not")
                return stamp.seconds * 1_000_000 + stamp.nanos // 1000
            return micros
        return plan(kind)

    record = plan(schema_pb2.Row.DESCRIPTOR)
    yield from in_batches((record(message) for message in delimited(path, schema_pb2.Row)), data.loose)


READERS = {
    "csv": read_csv, "ndjson": lambda path, data: read_json(path, data, "newline_delimited"),
    "json": lambda path, data: read_json(path, data, "array"), "avro": read_avro, "pb": read_pb,
    "parquet": read_parquet, "arrow": read_arrow,
}


# ---------------------------------------------------------------- comparing
def loose(kind):
    """the type with every part nullable and list items named alike: what values are compared in"""
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(part.name, loose(part.type)) for part in kind])
    if pa.types.is_map(kind):
        return pa.map_(loose(kind.key_type), loose(kind.item_type))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(pa.field("item", loose(kind.value_type)))
    return kind


class Data:
    def __init__(self, folder, work):
        self.folder, self.work = folder, work
        self.meta = json.loads((folder / "meta.json").read_text())
        self.file = folder / FILES["parquet"]
        self.truth = pq.ParquetFile(self.file).schema_arrow
        self.loose = pa.schema([pa.field(field.name, loose(field.type)) for field in self.truth])
        self.flat = not any(pa.types.is_nested(field.type) for field in self.truth)

    def batches(self):
        yield from pq.ParquetFile(self.file).iter_batches(batch_size=ROWS)


def from_json(value, kind):
    """what pa.array takes for a type, from parsed JSON: objects are records or maps"""
    if value is None:
        return None
    if pa.types.is_map(kind):
        return [(key, from_json(item, kind.item_type)) for key, item in value.items()]
    if pa.types.is_list(kind):
        return [from_json(item, kind.value_type) for item in value]
    if pa.types.is_struct(kind):
        if set(value) != {part.name for part in kind}:
            raise Different(f"keys {sorted(value)}")
        return {part.name: from_json(value[part.name], part.type) for part in kind}
    if pa.types.is_floating(kind) and not isinstance(value, (int, float)):
        raise Different(f"{value!r} is no number")
    return value


def as_type(column, kind, notes, name):
    """the column in the type of the truth; a change of value is an error, a change of type a note"""
    if pa.types.is_nested(kind) and pa.types.is_string(column.type):
        return pa.array((None if cell is None else from_json(json.loads(cell), kind) for cell in column.to_pylist()), kind)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if column.type == kind:
        return column
    if pa.types.is_string(kind) and not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type)):
        notes.add(f"{name}: {column.type}")
    try:
        return column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        try:      # types that Arrow does not cast into one another
            return pa.array(column.to_pylist(), kind)
        except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError):
            raise Different(f"{name}: {column.type} is no {kind}: {str(error)[:120]}") from None


def equal(one, other):
    if pa.types.is_floating(one.type):       # bits: -0.0 is not 0.0
        bits = pa.int64() if one.type == pa.float64() else pa.int32()
        return one.view(bits).equals(other.view(bits))
    return one.equals(other)


def same_number(one, other):
    import decimal
    try:
        return decimal.Decimal(one) == decimal.Decimal(other)
    except decimal.InvalidOperation:
        return False


def compare_column(field, one, other, row, notes):
    kind = loose(field.type)
    one = as_type(one, kind, notes, field.name)
    raw = other
    other = as_type(other, kind, notes, field.name)
    if equal(one, other):
        return
    if pa.types.is_string(kind) and (pa.types.is_decimal(raw.type) or pa.types.is_floating(raw.type) or pa.types.is_integer(raw.type)):
        # Text that was typed as a number: the number must be the same.
        import decimal
        number = lambda value: None if value is None else decimal.Decimal(str(value))
        if [number(value) for value in one.to_pylist()] == [number(value) for value in raw.to_pylist()]:
            notes.add(f"{field.name}: text of numbers became {raw.type}, equal as numbers")
            return
    # Without a schema a JSON object is a record: keys that other records have come as nulls.
    ordered = lambda value: sorted(pair for pair in value if pair[1] is not None) if pa.types.is_map(kind) and value is not None else value
    for at, (a, b) in enumerate(zip(one.to_pylist(), other.to_pylist())):
        a, b = ordered(a), ordered(b)
        if isinstance(a, str) and isinstance(b, str) and a != b and same_number(a, b):
            notes.add(f"{field.name}: text of numbers became numbers, equal as numbers")
            continue
        if a != b or repr(a) != repr(b):
            raise Different(f"{field.name}, record {row + at}: {str(a)[:80]!r} became {str(b)[:80]!r}")
    if pa.types.is_map(kind):
        notes.add(f"{field.name}: other order of map entries, or absent ones as nulls")
    elif not pa.types.is_string(kind):
        raise Different(f"{field.name}, records {row} and after differ")


def compare(data, kind, path):
    """all values of a file; returns notes"""
    notes = set()
    found = READERS[kind](path, data)
    pending, have, row = [], 0, 0
    for expected in data.batches():
        while have < expected.num_rows:
            batch = next(found, None)
            if batch is None:
                raise Different(f"only {row + have} records")
            if batch.schema.names != data.truth.names:
                raise Different(f"columns {batch.schema.names}")
            if batch.num_rows:
                pending.append(batch)
                have += batch.num_rows
        table = pa.Table.from_batches(pending)
        part, rest = table.slice(0, expected.num_rows), table.slice(expected.num_rows)
        for field in data.truth:
            column = part.column(field.name)
            column = column.combine_chunks()
            if isinstance(column, pa.ChunkedArray):
                column = pa.concat_arrays(column.chunks)
            compare_column(field, expected.column(field.name), column, row, notes)
        pending, have = [batch for batch in rest.to_batches() if batch.num_rows], rest.num_rows
        row += expected.num_rows
    if have or any(batch.num_rows for batch in found):
        raise Different(f"more than {row} records")
    return notes


# ---------------------------------------------------------------- running
def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def to_json(value, kind):
    if value is not None and pa.types.is_map(kind):
        return {key: to_json(item, kind.item_type) for key, item in value}
    if value is not None and pa.types.is_list(kind):
        return [to_json(item, kind.value_type) for item in value]
    if value is not None and pa.types.is_struct(kind):
        return {part.name: to_json(value[part.name], part.type) for part in kind}
    return value


def make_csv(data):
    """the truth as CSV: nested values as JSON in a cell, empty text quoted, null as nothing"""
    def cell(value, kind):
        if value is None:
            return ""
        if pa.types.is_nested(kind):
            value = json.dumps(to_json(value, kind), ensure_ascii=False)
        elif pa.types.is_timestamp(kind):
            value = value.isoformat().replace("+00:00", "Z")
        elif not pa.types.is_string(kind):
            return repr(value)
        return '"' + value.replace('"', '""') + '"' if value == "" or any(mark in value for mark in '",\n\r') else value

    with open(data.folder / FILES["csv"], "w", newline="", encoding="utf-8") as file:
        file.write(",".join(data.truth.names) + "\n")
        for batch in data.batches():
            columns = [[cell(value, field.type) for value in column.to_pylist()] for field, column in zip(data.truth, batch.columns)]
            file.writelines(",".join(row) + "\n" for row in zip(*columns))


def convert(binary, data, source, target, threads, output):
    command = [binary, "convert", str(data.folder / FILES[source]), "-o", str(output), "--overwrite", "--threads", str(threads)]
    proto = str(data.folder / "schema.proto")
    # JSON tells no timestamp from text: read it as what is written.
    if source == "pb" or data.flat and target == "pb" and source in ("json", "ndjson"):
        command += ["--schema", proto]
    elif not data.flat and source in ("csv", "json", "ndjson"):
        command += ["--schema", str(data.file)]
    if target == "pb":
        command += ["--to-schema", proto]
    started = time.time()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Different(f"exit code {done.returncode}: {done.stderr.strip()[:300]}")
    return time.time() - started


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("binary")
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--pairs", default="")
    arguments.add_argument("--threads", default="1,2,8")
    arguments.add_argument("--work", type=Path)
    arguments.add_argument("--sha-only", action="store_true", help="compare the bytes of the thread counts, not the values")
    arguments = arguments.parse_args()
    work = Path(tempfile.mkdtemp(prefix="check-pairs-", dir=arguments.work))
    try:
        return run(arguments, work)
    finally:
        shutil.rmtree(work)


def run(arguments, work):
    data = Data(arguments.data, work)
    if not data.flat and not (data.folder / FILES["csv"]).exists():
        make_csv(data)
    kinds = [kind for kind in FILES if (arguments.data / FILES[kind]).exists()]
    pairs = [tuple(pair.split(":")) for pair in arguments.pairs.split(",") if pair] or [(source, target) for source in kinds for target in kinds if target in kinds]
    threads = [int(count) for count in arguments.threads.split(",")]
    print(f"{data.meta['rows']} records, {len(data.truth)} columns, {len(pairs)} pairs, threads {threads}", flush=True)
    print(f"{'pair':18} {'bytes':>12} {'seconds':>20}  {'same bytes':10} values", flush=True)
    known, failed = {}, 0
    for source, target in pairs:
        seconds, hashes, first, size = [], [], None, 0
        bytes_say, values_say = "-", "-"
        try:
            for count in threads:
                # The same file name each time: Avro and Protobuf name their records after it.
                output = work / str(count) / f"out.{target}"
                output.parent.mkdir()
                seconds.append(convert(arguments.binary, data, source, target, count, output))
                hashes.append(sha256(output))
                size = output.stat().st_size
                if first is None:
                    first = output
                else:
                    output.unlink()
            bytes_say = "yes" if len(set(hashes)) == 1 else "NO"
            key = (target, hashes[0])
            if not arguments.sha_only and key not in known:
                try:
                    notes = compare(data, target, first)
                    known[key] = (True, "equal" + (f" ({'; '.join(sorted(notes))})" if notes else ""))
                except Different as difference:
                    known[key] = (False, f"DIFFERENT: {difference}")
                except Exception as error:          # a file that other software cannot read
                    known[key] = (False, f"UNREADABLE: {type(error).__name__}: {str(error)[:300]}")
            right, values_say = (True, "not compared") if arguments.sha_only else known[key]
            failed += bytes_say == "NO" or not right
        except Different as difference:
            values_say = f"FAILED: {difference}"
            failed += 1
        for left in work.iterdir():
            left.unlink() if left.is_file() else shutil.rmtree(left)
        shown = " ".join(f"{value:.2f}" for value in seconds)
        print(f"{source + ' > ' + target:18} {size:>12,} {shown:>20}  {bytes_say:10} {values_say}", flush=True)
    print(f"{len(pairs) - failed} of {len(pairs)} pairs are right", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
