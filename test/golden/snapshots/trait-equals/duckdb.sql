SELECT p."profile_id"
FROM "profile" AS p
WHERE (p."trait_country" = $1)
-- 1 text "FR"
