/**
 * Everything that stands in a database of its own right, as `rank`, `kind` (what DROP calls it) and `identity`: neither what the
 * system brought nor what belongs to an extension or goes with its table or type. Extensions of other roles that the backup
 * needs stay, because only their owner could bring them back.
 */
function inventory(neededExtensions: readonly string[]): string {
  return `
  with spaces as (
    select oid, nspname from pg_namespace where nspname <> 'information_schema' and nspname not like 'pg\\_%'
  ), found (rank, class, oid) as (
    select 1, 'pg_subscription'::regclass, oid from pg_subscription
      where subdbid = (select oid from pg_database where datname = current_database())
    union all select 1, 'pg_publication'::regclass, oid from pg_publication
    union all select 1, 'pg_event_trigger'::regclass, oid from pg_event_trigger
    union all select 2, 'pg_extension'::regclass, oid from pg_extension where oid >= ${firstOfUsers}
      and not (extname = any (${literals(neededExtensions)}) and not pg_has_role(extowner, 'MEMBER'))
    union all select 3, 'pg_namespace'::regclass, oid from spaces where nspname <> 'public'
    union all select 4, 'pg_class'::regclass, oid from pg_class
      where relkind in ('r', 'p', 'v', 'm', 'f') and relnamespace in (select oid from spaces)
    union all select 5, 'pg_class'::regclass, c.oid from pg_class c
      where relkind = 'S' and relnamespace in (select oid from spaces) and not exists (
        select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
          and d.refclassid = 'pg_class'::regclass and d.deptype = 'a')
    union all select 6, 'pg_type'::regclass, t.oid from pg_type t
      where (typtype in ('b', 'd', 'e', 'r') or typrelid in (select oid from pg_class where relkind = 'c'))
        and typnamespace in (select oid from spaces)
        and not exists (select from pg_type e where e.typarray = t.oid)
    union all select 7, 'pg_proc'::regclass, oid from pg_proc where pronamespace in (select oid from spaces)
    ${namespaced.map(([table, space]) => `union all select 8, '${table}'::regclass, oid from ${table} where ${space} in (select oid from spaces)`).join('\n    ')}
    ${unspaced.map((table) => `union all select 9, '${table}'::regclass, oid from ${table} where oid >= ${firstOfUsers}`).join('\n    ')}
  )
  select rank, found.oid, case
    when class = 'pg_proc'::regclass then 'routine'
    when o.type = 'statistics object' then 'statistics'
    else replace(o.type, '-', ' ') end as kind, o.identity
  from found, pg_identify_object(class, found.oid, 0) o
  where o.identity is not null and not exists (
    select from pg_depend d where d.classid = class and d.objid = found.oid and d.objsubid = 0 and d.deptype in ('e', 'i'))`;
}

/** What the system itself is made of has lower object ids. */
const firstOfUsers = 16_384;

const namespaced = [
  ['pg_operator', 'oprnamespace'],
  ['pg_opclass', 'opcnamespace'],
  ['pg_opfamily', 'opfnamespace'],
  ['pg_collation', 'collnamespace'],
  ['pg_conversion', 'connamespace'],
  ['pg_ts_config', 'cfgnamespace'],
  ['pg_ts_dict', 'dictnamespace'],
  ['pg_ts_parser', 'prsnamespace'],
  ['pg_ts_template', 'tmplnamespace'],
  ['pg_statistic_ext', 'stxnamespace'],
] as const;

const unspaced = ['pg_cast', 'pg_foreign_server', 'pg_foreign_data_wrapper', 'pg_language', 'pg_am'] as const;

/** Asks for what there is: a line with `word` and JSON `[kind, identity]` for each. */
export const listObjects = (word: string, neededExtensions: readonly string[]): string =>
  `select '${word} ' || json_build_array(kind, identity) from (${inventory(neededExtensions)}) i order by rank, identity;`;

/** Drops all of it; what cannot be dropped is an error. */
export const dropObjects = (neededExtensions: readonly string[]): string =>
  `select format('drop %s if exists %s cascade', kind, identity) from (${inventory(neededExtensions)}) i
  order by rank, identity \\gexec
select count(lo_unlink(oid)) from pg_largeobject_metadata;`;

function literals(values: readonly string[]): string {
  return `array[${values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ')}]::text[]`;
}
