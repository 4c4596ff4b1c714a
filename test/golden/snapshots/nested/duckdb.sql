SELECT p."profile_id"
FROM "profile" AS p
WHERE ((p."trait_vip" = $1) AND ((p."profile_id" IN (SELECT "profile_id"
FROM "event"
WHERE "name" = $2 AND "time" <= $3
GROUP BY "profile_id"
HAVING ((max("time") > $4 AND max("time") <= $5)))) OR (p."trait_score" BETWEEN $6::DOUBLE AND $7::DOUBLE)) AND ((p."profile_id" NOT IN (SELECT "profile_id"
FROM "every_membership"
WHERE "segment" = $8 AND "exited_at" IS NULL)) OR NOT (p."trait_country" IN ($9, $10))))
-- 1 boolean true
-- 2 text "open"
-- 3 datetime "1711886400000000"
-- 4 datetime "1704110400000000"
-- 5 datetime "1711886400000000"
-- 6 number 1
-- 7 number 2.5
-- 8 text "buyers"
-- 9 text "FR"
-- 10 text "DE"
