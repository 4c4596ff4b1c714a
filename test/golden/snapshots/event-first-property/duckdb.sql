SELECT p."profile_id"
FROM "profile" AS p
WHERE (p."profile_id" IN (SELECT "profile_id"
FROM "event"
WHERE "name" = $1 AND NOT ("property_gift" IS NOT NULL) AND NOT ("property_amount" = $2::DOUBLE) AND "time" > $3 AND "time" <= $4
GROUP BY "profile_id"
HAVING (starts_with(arg_min("property_shop", row("time", "message_id")), $5))))
-- 1 text "purchase"
-- 2 number 0
-- 3 datetime "1704067199999999"
-- 4 datetime "1711281600000000"
-- 5 text "100 %"
