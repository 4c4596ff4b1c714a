SELECT p."profile_id"
FROM "profile" AS p
WHERE (list_contains(p."trait_tags", $1))
-- 1 text "vip"
