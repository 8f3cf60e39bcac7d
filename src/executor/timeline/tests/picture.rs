use super::*;
use approx::assert_abs_diff_eq;
use proptest::prelude::*;
use roxmltree::{Document, Node};

fn number(node: &Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).unwrap().parse().unwrap()
}

fn classed<'a>(document: &'a Document<'a>, class: &str) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|node| node.attribute("class") == Some(class)).collect()
}

fn texts(document: &Document<'_>) -> Vec<String> {
    let text = |node: Node<'_, '_>| node.text().unwrap_or_default().to_owned();
    document.descendants().filter(|node| node.has_tag_name("text")).map(text).collect()
}

/// Where the axis says that a second is, counted from zero: the places of the first tick and of the one called `6 s`.
fn axis(document: &Document<'_>, tick: &str) -> [f64; 2] {
    let axis = classed(document, "axis")[0];
    let lines: Vec<f64> = axis.children().filter(|node| node.has_tag_name("line")).map(|line| number(&line, "x1")).collect();
    let labels: Vec<&str> = axis.children().filter_map(|node| node.text()).filter(|text| !text.trim().is_empty()).collect();
    let place = labels.iter().step_by(2).position(|label| *label == tick).unwrap();
    [lines[0], lines[place]]
}

#[test]
fn every_bar_and_every_part_is_where_the_axis_says() {
    let (timeline, svg) = (even(20, 10), even(20, 10).svg());
    let document = Document::parse(&svg).unwrap();
    let [zero, six] = axis(&document, "6 s");
    let x = |time: Duration| zero + (six - zero) * time.as_secs_f64() / 6.0;
    let bars = classed(&document, "bar");
    assert_eq!(bars.len(), 20);
    for (row, bar) in timeline.rows.iter().zip(bars) {
        let rects: Vec<Node<'_, '_>> = bar.children().filter(|node| node.has_tag_name("rect")).collect();
        let classes: Vec<_> = rects.iter().map(|rect| rect.attribute("class").unwrap()).collect();
        assert_eq!(classes, ["whole", "queue", "run", "edge"]);
        let (queue, run) = (&row.spans[0], &row.spans[1]);
        for (rect, [from, to]) in rects.iter().zip([[queue.from, run.to], [queue.from, queue.to], [run.from, run.to]]) {
            assert_abs_diff_eq!(number(rect, "x"), x(from), epsilon = 0.02);
            assert_abs_diff_eq!(number(rect, "width"), x(to) - x(from), epsilon = 0.02);
        }
    }
}

#[test]
fn ten_workers_are_ten_lanes_whose_bars_follow_one_another() {
    let svg = even(20, 10).svg();
    let document = Document::parse(&svg).unwrap();
    let mut ends = std::collections::BTreeMap::<String, Vec<(f64, f64)>>::new();
    for bar in classed(&document, "whole") {
        let (x, width) = (number(&bar, "x"), number(&bar, "width"));
        ends.entry(bar.attribute("y").unwrap().to_owned()).or_default().push((x, x + width));
    }
    assert_eq!(ends.len(), 10);
    for lane in ends.values() {
        assert_eq!(lane.len(), 2);
        assert_abs_diff_eq!(lane[0].1, lane[1].0, epsilon = 0.02);
    }
}

#[test]
fn the_curve_is_as_high_as_there_are_circuits_in_flight() {
    let svg = timeline(vec![row(0, chain(0, &[(Phase::Run, 4000)])), row(1, chain(1000, &[(Phase::Run, 1000)]))], 2).svg();
    let document = Document::parse(&svg).unwrap();
    let path = classed(&document, "flight")[0].attribute("d").unwrap().to_owned();
    let numbers = |letter: char| -> Vec<f64> {
        let after = path.split(letter).skip(1);
        after.map(|rest| rest.split(|c: char| c.is_ascii_alphabetic()).next().unwrap().parse().unwrap()).collect()
    };
    let ([zero, two], heights) = (axis(&document, "2 s"), numbers('V'));
    let second = (two - zero) / 2.0;
    for (x, expected) in numbers('H').into_iter().zip([zero + second, zero + 2.0 * second, zero + 4.0 * second]) {
        assert_abs_diff_eq!(x, expected, epsilon = 0.02);
    }
    let floor = heights[3];
    assert_abs_diff_eq!(2.0 * (floor - heights[0]), floor - heights[1], epsilon = 0.02);
    assert_abs_diff_eq!(heights[0], heights[2], epsilon = 0.02);
}

#[test]
fn the_words_of_a_picture() {
    let svg = example().svg();
    let document = Document::parse(&svg).unwrap();
    let hovers = document.descendants().filter(|node| node.has_tag_name("title")).map(|node| node.text().unwrap());
    let words = texts(&document).into_iter().chain(hovers.map(|text| format!("---\n{text}"))).collect::<Vec<_>>();
    insta::assert_snapshot!("timeline_words", words.join("\n"));
}

#[test]
fn names_are_text_whatever_they_hold() {
    let mut hostile = example();
    hostile.rows[0].name = "</text><script>alert(1)</script>&\"'\u{202e}\u{0}\u{ffff}\u{1b}[31m".to_owned();
    hostile.rows[1].spans[0].note = Some("]]><![CDATA[ --> <svg onload=x>".to_owned());
    hostile.rows[2].job = Some("<job>\u{2066}".to_owned());
    hostile.speed_up = Some("<b>\u{202e}".to_owned());
    let svg = hostile.svg();
    let document = Document::parse(&svg).unwrap();
    assert!(document.descendants().all(|node| !node.has_tag_name("script") && node.attribute("onload").is_none()));
    assert_eq!(svg.matches("<svg").count(), 1);
    let shown: String = document.descendants().filter_map(|node| node.text()).collect();
    assert!(shown.contains("</text><script>alert(1)</script>&\"'\\u{202e}\\u{0}\\u{ffff}\\u{1b}[31m"), "{shown}");
    assert!(shown.chars().all(|c| !c.is_control() || c == '\n'));
    assert!(!shown.contains(['\u{202e}', '\u{2066}']));
}

#[test]
fn a_batch_without_a_result_is_crossed_out_and_one_with_all_is_not() {
    let crosses = |timeline: &Timeline| {
        let svg = timeline.svg();
        classed(&Document::parse(&svg).unwrap(), "failed").len()
    };
    assert_eq!(crosses(&example()), 2, "one on the bar, one in the legend");
    assert_eq!(crosses(&even(20, 10)), 0);
}

#[test]
fn too_many_bars_are_drawn_as_areas_whose_size_is_the_time_in_each_phase() {
    let mut many = even(10_000, 64);
    many.rows[5000].ok = false;
    let svg = many.svg();
    assert!(svg.len() < 300_000, "{}", svg.len());
    let document = Document::parse(&svg).unwrap();
    assert!(classed(&document, "bar").is_empty());
    assert!(
        texts(&document).iter().any(|text| text.contains("10,000 bars in 64 lanes are too many to be drawn one by one (at most 2,000"))
    );
    assert!(texts(&document).contains(&"64".to_owned()));
    assert_eq!(classed(&document, "failed").len(), 2);
    let areas = classed(&document, "areas")[0];
    let size = |class: &str| {
        let path = areas.children().find(|node| node.attribute("class") == Some(class)).unwrap();
        enclosed(path.attribute("d").unwrap())
    };
    assert_abs_diff_eq!(size("run") / size("queue"), 2.0, epsilon = 1e-3);
}

/// The area that a path of horizontal and vertical lines encloses.
fn enclosed(path: &str) -> f64 {
    let mut steps = path.trim_end_matches('Z').split_inclusive(|c: char| c.is_ascii_alphabetic()).peekable();
    let (mut corner, mut area, mut letter) = ([0.0, 0.0], 0.0, steps.next().unwrap().chars().last().unwrap());
    for step in steps {
        let text = step.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        match letter {
            'M' => corner = text.split_once(' ').map(|(x, y)| [x.parse().unwrap(), y.parse().unwrap()]).unwrap(),
            'H' => {
                let x: f64 = text.parse().unwrap();
                area += (x - corner[0]) * corner[1];
                corner[0] = x;
            }
            _ => corner[1] = text.parse().unwrap(),
        }
        letter = step.chars().last().unwrap();
    }
    area.abs()
}

#[test]
fn two_thousand_bars_are_drawn_one_by_one_and_what_could_not_be_told_apart_is_not() {
    let drawn = |timeline: Timeline| {
        let svg = timeline.svg();
        assert!(svg.len() < 2_500_000, "{}", svg.len());
        classed(&Document::parse(&svg).unwrap(), "bar").len()
    };
    assert_eq!(drawn(even(2000, 64)), 2000);
    assert_eq!(drawn(even(2001, 64)), 0);
    assert_eq!(drawn(even(1000, 1000)), 0);
    let flicker: Vec<(Phase, u64)> = (0..2000).flat_map(|_| [(Phase::Submit, 5), (Phase::Retry, 5)]).collect();
    assert_eq!(drawn(timeline((0..12).map(|index| row(index, chain(0, &flicker))).collect(), 12)), 0, "two parts in half a pixel");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_batch_can_be_drawn(
        circuits in prop::collection::vec((any::<String>(), any::<bool>(), 0..4u8, prop::collection::vec((0..9usize, any::<u64>(), any::<u64>()), 0..6)), 0..12),
        (workers, wall, narrow) in (0..5usize, any::<u64>(), 0..64u32),
    ) {
        let time = |nanos: u64| if nanos == u64::MAX { Duration::MAX } else { Duration::from_nanos(nanos >> narrow) };
        let span = |&(phase, from, to): &(usize, u64, u64)| Span::new(Phase::ALL[phase], time(from), time(to)).noting("\u{0}");
        let rows = circuits.iter().enumerate().map(|(index, (name, ok, job, spans))| Row {
            index, name: name.clone(), job: (*job > 0).then(|| job.to_string()), ok: *ok, note: Some(name.clone()), spans: spans.iter().map(span).collect(),
        });
        let timeline = Timeline { rows: rows.collect(), workers, wall: time(wall), speed_up: None };
        let svg = timeline.svg();
        let document = Document::parse(&svg).unwrap();
        for node in document.descendants() {
            for name in ["x", "y", "width", "height", "x1", "x2"] {
                let value = node.attribute(name).map(|text| text.parse::<f64>().unwrap());
                prop_assert!(value.is_none_or(|value| (0.0..=1300.0).contains(&value)), "{name} {value:?}");
            }
        }
        prop_assert!(serde_json::from_str::<serde_json::Value>(&timeline.trace()).is_ok());
        prop_assert!(timeline.html().ends_with("</html>\n"));
    }
}
