#!/bin/sh
# Gives a principal what it needs on a cluster with an authorizer, and no more.
#
#     config/kafka/acls.sh ROLE PRINCIPAL [options of kafka-acls.sh]
#     config/kafka/acls.sh service User:schedule-callback --bootstrap-server kafka:9093 --command-config admin.properties
#
# ROLE is one of
#     service    `run`
#     growth     optional, for the principal of `run`: lets it add partitions to the two internal topics when the command
#                topic gets more; without it, `topics` has to be run by an administrator then
#     directory  `directory load`, or whoever else publishes skills, agents and security users
#     operator   `dead-letters`
#     producer   publishes commands and reads their results
#     router     reads due events, reports what came of them and reads what is answered to that
# Producers and routers read as members of consumer groups whose names begin with their principal's: for User:studio
# "studio". GROUP_PREFIX overrides that. `topics` is for an administrator.
#
# Names of topics and the service's group are taken from the variables that the service takes them from. KAFKA_ACLS is
# where kafka-acls.sh is, when PATH does not say.
set -eu

role=${1:?service, growth, directory, operator, producer or router}
principal=${2:?a principal, as in User:schedule-callback}
shift 2

topic() { eval "echo \"\${SCHEDULE_CALLBACK__TOPICS__$1:-$2}\""; }
# From the list of topics in src/config/topics.rs: names
commands=$(topic COMMANDS callback.commands)
results=$(topic RESULTS callback.results)
due=$(topic DUE callback.due)
dead_letters=$(topic DEAD_LETTERS callback.commands.dlq)
amendments=$(topic AMENDMENTS callback.amendments)
shards=$(topic SHARDS callback.shards)
skills=$(topic SKILLS directory.skills)
agents=$(topic AGENTS directory.agents)
security_users=$(topic SECURITY_USERS directory.security-users)
state=$(topic STATE '')
# end
group=${SCHEDULE_CALLBACK__KAFKA__GROUP_ID:-schedule-callback}
members=${GROUP_PREFIX:-${principal#*:}}

# Read and Write each include Describe.
allow() {
    "${KAFKA_ACLS:-kafka-acls.sh}" "$@" --add --allow-principal "$principal"
}

case $role in
service)
    # `shards` stays empty: to commit offsets on a topic takes Read.
    # From the list of topics in src/config/topics.rs: rights of service
    allow "$@" --operation Read --topic "$commands" --topic "$amendments" --topic "$shards" --topic "$skills" \
        --topic "$agents" --topic "$security_users"
    # Only for a transaction that a failing cluster splits, which the service completes; without it the log says so.
    allow "$@" --operation Read --topic "$results"
    # Only for the operator's page, which tells where a callback's due event is, and a transaction that a failing cluster splits; without it the page and the log say so.
    allow "$@" --operation Read --topic "$due"
    # Only for a transaction that a failing cluster splits, which the service completes; without it the log says so.
    allow "$@" --operation Read --topic "$dead_letters"
    # Only for a transaction that a failing cluster splits, which the service completes; without it the log says so.
    [ -z "$state" ] || allow "$@" --operation Read --topic "$state"
    allow "$@" --operation Write --topic "$results" --topic "$due" --topic "$dead_letters" --topic "$amendments"
    [ -z "$state" ] || allow "$@" --operation Write --topic "$state"
    # end
    allow "$@" --operation Read --group "$group"
    # All instances' transactional ids: one that takes over ends what another one left open.
    allow "$@" --operation Write --resource-pattern-type prefixed --transactional-id "$group."
    ;;
growth)
    # From the list of topics in src/config/topics.rs: rights of growth
    allow "$@" --operation Alter --topic "$amendments" --topic "$shards"
    # end
    ;;
directory)
    # From the list of topics in src/config/topics.rs: rights of directory
    allow "$@" --operation Write --topic "$skills" --topic "$agents" --topic "$security_users"
    # end
    ;;
operator)
    # From the list of topics in src/config/topics.rs: rights of operator
    allow "$@" --operation Read --topic "$dead_letters"
    [ -z "$state" ] || allow "$@" --operation Read --topic "$state"
    allow "$@" --operation Write --topic "$commands"
    # end
    allow "$@" --operation Read --group "$group.redrive"
    allow "$@" --operation Write --transactional-id "$group.redrive"
    ;;
producer)
    # From the list of topics in src/config/topics.rs: rights of producer
    allow "$@" --operation Read --topic "$results"
    allow "$@" --operation Write --topic "$commands"
    # end
    allow "$@" --operation Read --resource-pattern-type prefixed --group "$members"
    ;;
router)
    # From the list of topics in src/config/topics.rs: rights of router
    allow "$@" --operation Read --topic "$due"
    # Only for reports, which are commands; not needed where no skill is tracked.
    allow "$@" --operation Read --topic "$results"
    [ -z "$state" ] || allow "$@" --operation Read --topic "$state"
    # Only for reports, which are commands; not needed where no skill is tracked.
    allow "$@" --operation Write --topic "$commands"
    # end
    allow "$@" --operation Read --resource-pattern-type prefixed --group "$members"
    ;;
*)
    echo "$role is not service, growth, directory, operator, producer or router" >&2
    exit 64
    ;;
esac
