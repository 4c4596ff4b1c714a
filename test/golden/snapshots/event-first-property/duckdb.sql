SELECT p."profile_id"
FROM "profile" AS p
WHERE (p."profile_id" IN (SELECT "profile_id"
FROM "event"
WHERE "name" = $1 AND "time" > $2 AND "time" <= $3 AND NOT ("property_gift" IS NOT NULL) AND NOT ("property_amount" = $4::DOUBLE)
GROUP BY "profile_id"
HAVING (starts_with(arg_min("property_shop", row("time", "message_id")), $5))))
-- 1 text "purchase"
-- 2 datetime "1704067199999999"
-- 3 datetime "1711281600000000"
-- 4 number 0
-- 5 text "100 %"
