#!/usr/bin/env python3
"""Makes the data files of this folder; the same bytes on every run. Needs pyarrow and fastavro for the binary cases.

events.csv     1,000 records with the values that converters like to change: identifiers above 2^53, postal codes with
               leading zeros, prices with two decimals, empty text beside no value, line breaks in quotes, Unicode
orders.ndjson  200 nested records: objects, lists of objects, maps, nulls, numbers that need every digit
cases/*/*      inputs of the binary golden cases
"""
import datetime as dt, decimal, io, json, random
from pathlib import Path

HERE = Path(__file__).parent
NAMES = ["Ana", "Bo", "Chloë", "Дмитрий", "愛子", "O'Neil", "Zoë \"Z\" Quinn", "José, Jr."]
NOTES = ["", None, "first line\nsecond line", "comma, inside", 'a "quoted" word', "naïve café ☕", "tab\there", " spaces ", "null", "\\N"]


def quoted(value):
    """RFC 4180; nothing for no value, "" for empty text"""
    if value is None:
        return ""
    text = str(value)
    if text == "" or text == "\\N" or any(char in text for char in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def events():
    random.seed(20240229)
    start = dt.datetime(2024, 2, 28, 23, 0, tzinfo=dt.timezone.utc)
    out = ["event_id,at,customer,zip,sku,quantity,price,discount,total_cents,member,day,score,note"]
    for row in range(1000):
        at = start + dt.timedelta(microseconds=row * 7_654_321_987 // 10)
        price = decimal.Decimal(random.randrange(50, 99_999)) / 100
        quantity = random.randrange(1, 12)
        record = [
            9_007_199_254_740_993 + row * 1_000_003,
            at.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            NAMES[row % len(NAMES)],
            f"{random.randrange(0, 99_999):05d}",
            f"{random.randrange(0, 0xFFFF):04X}-{row % 7}",
            quantity if row % 11 else None,
            f"{price:.2f}",
            f"{random.randrange(0, 50) / 100:.2f}" if row % 3 == 0 else None,
            int(price * quantity * 100),
            None if row % 13 == 0 else "true" if row % 2 else "false",
            at.date().isoformat(),
            repr(random.random() * 100) if row % 5 else None,
            NOTES[row % len(NOTES)],
        ]
        out.append(",".join(quoted(value) for value in record))
    (HERE / "events.csv").write_text("\n".join(out) + "\n", encoding="utf-8", newline="")


def orders():
    random.seed(19700101)
    lines = []
    for row in range(200):
        items = [
            {"sku": f"SKU{random.randrange(1000):04d}", "quantity": random.randrange(1, 9), "price": random.randrange(100, 9999) / 100,
             "tags": random.sample(["new", "sale", "été", "a \"b\"", ""], random.randrange(0, 3)),
             "discount": None if random.random() < 0.5 else random.randrange(1, 30) / 100}
            for _ in range(random.randrange(0, 4))
        ]
        order = {
            "order_id": 9_007_199_254_740_993 + row,
            "created_at": (dt.datetime(2024, 2, 29) + dt.timedelta(seconds=row * 997)).isoformat() + "Z",
            "customer": {"name": NAMES[row % len(NAMES)], "email": None if row % 4 == 0 else f"c{row}@example.com",
                         "address": None if row % 9 == 0 else {"city": random.choice(["Zürich", "東京", "Austin"]), "zip": f"{row * 37 % 100000:05d}"}},
            "items": items,
            "scores": [random.random() for _ in range(row % 3)],
            "serial": 18_446_744_073_709_551_615 - row,
            "paid": row % 3 != 0,
            "note": NOTES[row % len(NOTES)],
        }
        lines.append(json.dumps(order, ensure_ascii=False, separators=(",", ":")))
    (HERE / "orders.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")


def avro_cases():
    import fastavro
    def write(name, schema, records):
        folder = HERE / "cases/avro" / name
        folder.mkdir(parents=True, exist_ok=True)
        out = io.BytesIO()
        fastavro.writer(out, fastavro.parse_schema(schema), records, sync_marker=b"0123456789abcdef")
        (folder / "input.avro").write_bytes(out.getvalue())
    write("records-of-no-bytes", {"type": "record", "name": "Nothing", "fields": [{"name": "n", "type": "null"}]}, [{"n": None}] * 3)
    write("union-of-many", {"type": "record", "name": "R", "fields": [{"name": "u", "type": ["null", "long", "string", "boolean"]}]},
          [{"u": 1}, {"u": "one"}, {"u": None}, {"u": True}])
    write("logical-types", {"type": "record", "name": "R", "fields": [
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "suit", "type": {"type": "enum", "name": "Suit", "symbols": ["SPADES", "HEARTS"]}},
        {"name": "raw", "type": "bytes"}]},
        [{"price": decimal.Decimal("-12.50"), "day": dt.date(2024, 2, 29), "at": dt.datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=dt.timezone.utc),
          "suit": "HEARTS", "raw": b"\x00\xff"}])
    write("root-of-one-value", "long", [9_007_199_254_740_993, -1])
    whole = (HERE / "cases/avro/union-of-many/input.avro").read_bytes()
    cut = HERE / "cases/avro/cut-off-block"
    cut.mkdir(parents=True, exist_ok=True)
    (cut / "input.avro").write_bytes(whole[:-10])


def arrow_cases():
    import pyarrow as pa
    import pyarrow.parquet as pq
    table = pa.table({
        "big": pa.array([2**64 - 1, None, 0], pa.uint64()),
        "price": pa.array([decimal.Decimal("12.50"), decimal.Decimal("-0.01"), None], pa.decimal128(9, 2)),
        "at": pa.array([0, -1, None], pa.timestamp("ns", "UTC")),
        "local": pa.array([0, 1_709_164_800_000, None], pa.timestamp("ms")),
        "word": pa.array(["é", "", None]).dictionary_encode(),
        "list": pa.array([[1, None], [], None], pa.list_(pa.int32())),
        "map": pa.array([[("k", 1)], [], None], pa.map_(pa.string(), pa.int64())),
        "place": pa.array([{"city": "Zürich"}, {"city": None}, None], pa.struct([("city", pa.string())])),
        "half": pa.array([1.5, float("nan"), None], pa.float32()),
    })
    folder = HERE / "cases/parquet/types"
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / "input.parquet", compression="none", write_statistics=False, store_schema=False)
    folder = HERE / "cases/arrow/types"
    folder.mkdir(parents=True, exist_ok=True)
    with pa.ipc.new_file(folder / "input.arrow", table.schema) as writer:
        writer.write_table(table)
    folder = HERE / "cases/arrow/stream"
    folder.mkdir(parents=True, exist_ok=True)
    with pa.ipc.new_stream(folder / "input.arrows", table.schema) as writer:
        writer.write_table(table)
    # Year 3000 in nanoseconds since 1970 does not fit 64 bits: INT96 holds it, a reader must not wrap.
    folder = HERE / "cases/parquet/int96-out-of-range"
    folder.mkdir(parents=True, exist_ok=True)
    late = pa.table({"at": pa.array([dt.datetime(3000, 1, 1)], pa.timestamp("us"))})
    pq.write_table(late, folder / "input.parquet", use_deprecated_int96_timestamps=True, compression="none", store_schema=False)


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def protobuf_cases():
    def write(name, proto, messages):
        folder = HERE / "cases/protobuf" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "schema.proto").write_text(proto)
        (folder / "input.pb").write_bytes(b"".join(varint(len(message)) + message for message in messages))
    proto = 'syntax = "proto3";\n\nmessage Row {\n  int64 id = 1;\n  optional string name = 2;\n  repeated int32 n = 3;\n  map<string, bool> flags = 4;\n}\n'
    packed = b"\x08" + varint(9_007_199_254_740_993) + b"\x12\x02\xc3\xa9" + b"\x1a\x03\x01\x02\x03" + b"\x22\x05\x0a\x01a\x10\x01"
    write("presence", proto, [packed, b"", b"\x12\x00" + b"\x18\x07\x18\x08", b"\x08\x01\x08\x02"])
    write("unknown-field", proto, [b"\x08\x01", b"\x08\x02\x78\x05"])
    write("cut-off-message", proto, [b"\x08\x01"])
    path = HERE / "cases/protobuf/cut-off-message/input.pb"
    path.write_bytes(path.read_bytes() + b"\x05\x08")


if __name__ == "__main__":
    events()
    orders()
    avro_cases()
    arrow_cases()
    protobuf_cases()
