CREATE TABLE "events" (
  "event_id" BIGINT,
  "at" TIMESTAMP WITH TIME ZONE,
  "customer" VARCHAR,
  "zip" VARCHAR,
  "sku" VARCHAR,
  "quantity" BIGINT,
  "price" DECIMAL(5,2),
  "discount" DECIMAL(2,2),
  "total_cents" BIGINT,
  "member" BOOLEAN,
  "day" DATE,
  "score" DOUBLE,
  "note" VARCHAR
);
