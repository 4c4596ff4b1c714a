SELECT p.`profile_id`
FROM `profile` AS p
WHERE ((p.`profile_id` IN (SELECT r.`profile_id`
FROM `every_identifier` AS i JOIN `record_trait` AS r ON r.`record_id` = i.`record_id`
WHERE i.`kind` = {p1:String} AND NOT r.`deleted`)) AND (p.`profile_id` NOT IN (SELECT r.`profile_id`
FROM `every_identifier` AS i JOIN `record_trait` AS r ON r.`record_id` = i.`record_id`
WHERE i.`kind` = {p2:String} AND NOT r.`deleted` AND i.`value` IN ({p3:String}))))
-- 1 text "email"
-- 2 text "email"
-- 3 text "ada@example.com"
