SELECT "profile_id", bit_or("w0") AS "w0"
FROM (SELECT "profile_id", (CASE WHEN ("m0" > $1::DOUBLE) THEN 1::BIGINT ELSE 0::BIGINT END | CASE WHEN ("m1" >= $2::DOUBLE) THEN 2::BIGINT ELSE 0::BIGINT END) AS "w0"
FROM (SELECT "profile_id", floor(COALESCE(sum("property_amount"), 0) * 1e6 + 5e-1) / 1e6 AS "m0", count(*) AS "m1"
FROM "event"
WHERE "name" = $3 AND "time" <= $4
GROUP BY "profile_id") AS m
UNION ALL SELECT "profile_id", CASE WHEN TRUE THEN 4::BIGINT ELSE 0::BIGINT END AS "w0"
FROM "event"
WHERE "name" = $5 AND "time" <= $6) AS f
GROUP BY "profile_id"
-- 1 number 500
-- 2 number 3
-- 3 text "purchase"
-- 4 datetime "1711886400000000"
-- 5 text "open"
-- 6 datetime "1711886400000000"

SELECT p."profile_id", (COALESCE(f."w0", 0::BIGINT) | CASE WHEN (p."trait_country" = $1) THEN 8::BIGINT ELSE 0::BIGINT END) AS "w0"
FROM "profile" AS p
LEFT JOIN "facts" AS f ON f."profile_id" = p."profile_id"
-- 1 text "FR"

SELECT "w0", count(*) AS "people"
FROM "bits"
GROUP BY "w0"

SELECT *, (CASE WHEN ("w0" & 1::BIGINT) = 1::BIGINT THEN 1::BIGINT ELSE 0::BIGINT END | (CASE WHEN ("w0" & 2::BIGINT) = 2::BIGINT THEN 2::BIGINT ELSE 0::BIGINT END | CASE WHEN ("w0" & 9::BIGINT) = 9::BIGINT THEN 4::BIGINT ELSE 0::BIGINT END)) AS "s0"
FROM "previous"

SELECT *, CASE WHEN (("s0" & 2::BIGINT) = 2::BIGINT AND ("w0" & 4::BIGINT) = 0::BIGINT) THEN 1::BIGINT ELSE 0::BIGINT END AS "s1"
FROM "previous"
