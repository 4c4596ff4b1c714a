SELECT p."profile_id"
FROM "profile" AS p
WHERE NOT (p."consent_ads__email" IS NOT NULL AND p."consent_ads__email" = $1)
-- 1 text "granted"
