-- Every line of the sample company's bills, with team, project, env, owner and model written out
-- by hand from the tags, so that expectations stand on nothing that answers questions.
WITH keyholders(account, team, project, env, workload, owner, cost_center) AS (
  VALUES
    ('assistant-prod', 'assistant', 'assistant-app', 'prod', 'chat', 'hana.sato', 'CC-420'),
    ('assistant-staging', 'assistant', 'assistant-app', 'staging', 'chat', 'hana.sato', 'CC-420'),
    ('search-prod', 'search', 'semantic-search', 'prod', 'query-api', 'priya.nair', 'CC-430'),
    ('growth-campaigns', 'growth', 'recommendations', 'prod', 'campaigns', 'tom.okafor', 'CC-610'),
    ('data-labelling', 'data', 'documents', 'prod', 'labelling', 'sofia.lind', 'CC-520'),
    ('research-evals', 'ml-research', 'ablations', 'dev', 'evaluation', 'ada.park', 'CC-410'),
    ('Chat features', 'assistant', 'assistant-app', 'prod', 'chat', 'hana.sato', 'CC-420'),
    ('Engineering', 'platform', 'developer-tools', 'dev', 'coding-agents', 'ben.ortiz', 'CC-510'),
    ('Data extraction', 'data', 'documents', 'prod', 'extraction', 'sofia.lind', 'CC-520'),
    ('Research evals', 'ml-research', 'ablations', 'dev', 'evaluation', 'ada.park', 'CC-410')
),
charges AS (
  SELECT
    f.* EXCLUDE (model),
    coalesce(t.tags['team'], t.tags['Team'], k.team) AS team,
    CASE WHEN f.source IN ('openai', 'anthropic') THEN k.project
         ELSE coalesce(t.tags['project'], t.tags['Project'], t.tags['app']) END AS project,
    CASE lower(coalesce(t.tags['environment'], t.tags['Environment'], t.tags['env'], k.env))
      WHEN 'production' THEN 'prod' WHEN 'prd' THEN 'prod'
      WHEN 'development' THEN 'dev' WHEN 'stg' THEN 'staging'
      ELSE lower(coalesce(t.tags['environment'], t.tags['Environment'], t.tags['env'], k.env))
    END AS env,
    coalesce(t.tags['workload'], t.tags['Workload'], k.workload) AS workload,
    replace(replace(coalesce(t.tags['owner'], t.tags['Owner'], k.owner), '@lumen.example', ''),
      '-', '.') || '@lumen.example' AS owner,
    upper(coalesce(t.tags['cost-center'], t.tags['cost_center'], t.tags['CostCenter'],
      k.cost_center)) AS cost_center,
    coalesce(t.tags['model'], t.tags['Model'], f.model) AS model,
    f.effective_cost AS cost
  FROM facts AS f
  LEFT JOIN tag_sets AS t ON t.tag_hash = f.tag_hash
  LEFT JOIN keyholders AS k ON k.account = f.sub_account_name
    AND f.source IN ('openai', 'anthropic')
),
-- The last whole months, and so much of this one as is complete in every source: it is
-- November 21; AWS and Google Cloud are complete through the 19th, Azure through the 18th,
-- OpenAI and Anthropic through the 20th.
september AS (SELECT * FROM charges WHERE charge_day >= '2026-09-01' AND charge_day < '2026-10-01'),
october AS (SELECT * FROM charges WHERE charge_day >= '2026-10-01' AND charge_day < '2026-11-01'),
november AS (SELECT * FROM charges WHERE charge_day >= '2026-11-01')
