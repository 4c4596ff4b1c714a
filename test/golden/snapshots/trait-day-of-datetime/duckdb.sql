SELECT p."profile_id"
FROM "profile" AS p
WHERE (p."trait_signup" BETWEEN $1 AND $2)
-- 1 datetime "1709164800000000"
-- 2 datetime "1709251199999999"
