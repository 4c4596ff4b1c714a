SELECT p.`profile_id`
FROM `profile` AS p
WHERE (CASE WHEN p.`trait_tags` IS NOT NULL THEN has(p.`trait_tags`.`Array(String)`, {p1:String}) END)
-- 1 text "vip"
