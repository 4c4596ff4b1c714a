SELECT p."profile_id"
FROM "profile" AS p
WHERE ((p."trait_birthday" > $1 AND p."trait_birthday" <= $2))
-- 1 date "19630"
-- 2 date "19813"
