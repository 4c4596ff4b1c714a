SELECT p."profile_id"
FROM "profile" AS p
WHERE (p."profile_id" NOT IN (SELECT "profile_id"
FROM "event"
WHERE "name" = $1 AND "time" <= $2
GROUP BY "profile_id"
HAVING NOT (count(*) <= $3::DOUBLE)))
-- 1 text "purchase"
-- 2 datetime "1711886400000000"
-- 3 number 2
