//! Whether a series goes on growing is told as a person would who sees it.

use crate::random::Random;
use crate::verdict::{Bad, LEAST_SAMPLES, Verdict, look};

/// Two hours of samples, one in ten seconds, with noise of that share of 100.
fn two_hours(noise: f64, value: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    let mut random = Random::of(7);
    (0..720)
        .map(|number| {
            let at = f64::from(number) / 360.0;
            // About normal: the sum of some that are even.
            let sum: f64 = (0..6).map(|_| f64::from(u32::try_from(random.below(2_001)).unwrap()) / 1_000.0 - 1.0).sum();
            (at, value(at) + sum / 1.41 * noise * 100.0)
        })
        .collect()
}

fn verdict(samples: &[(f64, f64)]) -> Verdict {
    look(samples, Bad::Growth, 0.0).verdict
}

#[test]
fn what_stays_levels_off_however_loud_it_is() {
    for noise in [0.0, 0.01, 0.1, 0.5] {
        assert_eq!(verdict(&two_hours(noise, |_| 100.0)), Verdict::LevelsOff, "noise {noise}");
    }
}

#[test]
fn what_grows_steadily_goes_on() {
    for (noise, an_hour) in [(0.0, 10.0), (0.01, 10.0), (0.05, 20.0), (0.2, 60.0)] {
        let samples = two_hours(noise, |at| 100.0 + an_hour * at);
        assert_eq!(verdict(&samples), Verdict::GoesOn, "noise {noise}, {an_hour} an hour");
    }
}

#[test]
fn what_grows_faster_and_faster_goes_on() {
    assert_eq!(verdict(&two_hours(0.02, |at| 100.0 + 10.0 * at * at)), Verdict::GoesOn);
}

#[test]
fn what_grows_ever_more_slowly_levels_off() {
    // A warm-up of a quarter of an hour that doubles it.
    assert_eq!(verdict(&two_hours(0.01, |at| 200.0 - 100.0 * (-4.0 * at).exp())), Verdict::LevelsOff);
}

#[test]
fn a_step_to_a_level_that_is_kept_levels_off() {
    assert_eq!(verdict(&two_hours(0.01, |at| if at < 1.34 { 100.0 } else { 130.0 })), Verdict::LevelsOff);
}

#[test]
fn a_staircase_goes_on() {
    assert_eq!(verdict(&two_hours(0.01, |at| 100.0 + 10.0 * (at * 6.0).floor())), Verdict::GoesOn);
}

#[test]
fn peaks_do_not_count_and_saw_teeth_neither() {
    let with_peaks = |at: f64| if (at * 12.0).fract() < 0.1 { 5_000.0 } else { 100.0 };
    assert_eq!(verdict(&two_hours(0.02, with_peaks)), Verdict::LevelsOff);
    assert_eq!(verdict(&two_hours(0.02, |at| 100.0 + 50.0 * (at * 7.0).fract())), Verdict::LevelsOff);
}

#[test]
fn saw_teeth_that_rise_go_on() {
    assert_eq!(verdict(&two_hours(0.02, |at| 100.0 + 60.0 * at + 20.0 * (at * 7.0).fract())), Verdict::GoesOn);
}

#[test]
fn a_fall_is_bad_where_it_is_said_to_be() {
    let falling = two_hours(0.02, |at| 500.0 - 100.0 * at);
    assert_eq!(look(&falling, Bad::Fall, 0.0).verdict, Verdict::GoesOn);
    assert_eq!(look(&falling, Bad::Growth, 0.0).verdict, Verdict::LevelsOff);
}

#[test]
fn little_means_nothing_below_the_floor() {
    let samples = two_hours(0.0, |at| 2.0 + at);
    assert_eq!(look(&samples, Bad::Growth, 5.0).verdict, Verdict::LevelsOff);
    assert_eq!(look(&samples, Bad::Growth, 0.0).verdict, Verdict::GoesOn);
}

#[test]
fn few_samples_say_nothing() {
    let samples = two_hours(0.0, |at| 100.0 + 1_000.0 * at);
    assert_eq!(verdict(&samples[..LEAST_SAMPLES - 1]), Verdict::TooShort);
    assert_eq!(verdict(&samples[..LEAST_SAMPLES]), Verdict::GoesOn);
    assert_eq!(verdict(&[]), Verdict::TooShort);
    // A gap in the middle, as of an instance that was away.
    let with_gap: Vec<_> = samples.iter().copied().filter(|(at, _)| !(0.6..1.4).contains(at)).collect();
    assert_eq!(verdict(&with_gap), Verdict::TooShort);
}

#[test]
fn what_would_have_been_noticed_is_noticed() {
    let found = look(&two_hours(0.02, |_| 100.0), Bad::Growth, 0.0);
    let growing = |times: f64| two_hours(0.02, move |at| 100.0 + times * found.noticed_an_hour * at);
    assert_eq!(verdict(&growing(1.5)), Verdict::GoesOn);
    assert_eq!(verdict(&growing(0.5)), Verdict::LevelsOff);
}
