//! What a large directory costs, measured on a process that does nothing else.

#![cfg(target_os = "linux")]

use schedule_callback::domain::directory::{
    AgentRecord, Directory, DirectoryRecord, Permission, SecurityUserRecord, SkillRecord,
};
use schedule_callback::domain::ids::{AgentId, SkillId, Tenant};

const SKILLS: i64 = 50_000;
const AGENTS: i64 = 475_000;

/// The most memory this process has had in use so far, in MiB (proc_pid_status(5), `VmHWM`).
fn peak_resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    peak.and_then(|kib| kib.trim().parse::<u64>().ok()).unwrap_or(u64::MAX) / 1024
}

#[test]
fn a_million_records_fit_with_plenty_of_room_in_300_mb() {
    let tenant = Tenant::parse("default").unwrap();
    let skill_id = |number| SkillId::new(number).unwrap();
    let agent_id = |number| AgentId::new(number).unwrap();
    let mut directory = Directory::default();
    for number in 1..=SKILLS {
        directory.put(DirectoryRecord::Skill(SkillRecord {
            tenant: tenant.clone(),
            skill_id: skill_id(number),
            is_active: true,
            is_outbound_phone: true,
            horizon_days: Some(30),
            lifecycle: None,
        }));
    }
    for number in 1..=AGENTS {
        directory.put(DirectoryRecord::Agent(AgentRecord {
            tenant: tenant.clone(),
            agent_id: agent_id(number),
            is_active: true,
            skills: (0..5).map(|offset| skill_id((number + offset * 97) % SKILLS + 1)).collect(),
        }));
        directory.put(DirectoryRecord::SecurityUser(SecurityUserRecord {
            tenant: tenant.clone(),
            name: format!("security-user-{number}"),
            agent_id: agent_id(number),
            is_active: true,
            permissions: [Permission::Create].into_iter().collect(),
            time_zone: None,
        }));
    }
    let records = directory.of(&tenant);
    assert!(records.security_user("security-user-475000").is_some());
    assert!(records.agent(agent_id(AGENTS)).is_some_and(|agent| agent.has(skill_id(AGENTS % SKILLS + 1))));
    let peak = peak_resident_mib();
    println!("{} records: {peak} MiB at most", SKILLS + 2 * AGENTS);
    assert!(peak < 200, "{peak} MiB");
}
