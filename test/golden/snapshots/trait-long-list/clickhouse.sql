SELECT p.`profile_id`
FROM `profile` AS p
WHERE (p.`trait_country` IN {p1:Array(String)})
-- 1 texts ["C0","C1","C2","C3","C4","C5","C6","C7","C8","C9","C10","C11","C12","C13","C14","C15","C16","C17","C18","C19","C20"]
