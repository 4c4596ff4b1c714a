SELECT p."profile_id"
FROM "profile" AS p
WHERE (p."profile_id" IN (SELECT "profile_id"
FROM "event"
WHERE "name" = $1 AND "time" > $2 AND "time" <= $3))
-- 1 text "purchase"
-- 2 datetime "1709294400000000"
-- 3 datetime "1711886400000000"
