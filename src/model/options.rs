//! The `@` lines of a model file, XPPAUT's options: `bound`, `dt`, `meth`, `t0`, `total`, `trans` count, the rest is known and kept. Knows
//! neither names nor equations.

use std::sync::Arc;

use crate::complaint::{Complaint, Source, nearest};
use crate::equation::syntax::{Declaration, Document, MAPS_ARE_REFUSED, Word};

/// What the `@` lines say that matters to us.
#[derive(Debug)]
pub(super) struct Options {
    /// XPPAUT's own where the file says nothing.
    pub(super) bound: f64,
    pub(super) has_bound: bool,
    pub(super) step: Option<f64>,
    pub(super) method: Option<String>,
    /// Whether the method is one of XPPAUT's that ictus has not.
    pub(super) is_method_missing: bool,
    pub(super) total: Option<f64>,
    /// The time at the beginning.
    pub(super) start: f64,
    /// What passes from there before XPPAUT looks.
    pub(super) transient: f64,
}

/// XPPAUT's own bound where a file says nothing.
const DEFAULT_BOUND: f64 = 100.0;

/// XPPAUT's own length of a run where a file says nothing.
pub(super) const DEFAULT_TOTAL: f64 = 20.0;

/// The options that count here.
const COUNTED: [&str; 6] = ["bound", "dt", "meth", "t0", "total", "trans"];

/// The options of XPPAUT 6.11; it takes a longer word that begins with one of them for it.
const OPTIONS: &str = "atol autoeval autovar autoxmax autoxmin autoymax autoymin axes back backcolor backimage bandlo bandup \
    bell big bigfont bound but colorhi colorize colorlo colormap colorvia delay dfdraw dfgrid dll_fun dll_lib ds dsmax dsmin \
    dt dtmax dtmin dwcolor epsl epss epsu fold forecolor grads height histbins histcol histhi histlo jac_eps logfile lt \
    maxstor meth multiwin mwcolor ncdraw ncol newt_iter newt_tol njmp nmax nmesh normmax normmin nout nplot npr ntst output \
    parmax parmin phi plotfmt poimap poipln poisgn poistop poivar postprocess ps_color ps_font ps_fsize ps_lw quiet range \
    rangehigh rangelow rangeoldic rangeover rangereset rangestep rtol runnow s1 s2 s3 sec seed shi1 shi2 shi3 simplot slo1 slo2 \
    slo3 small smallfont smc spc speccol speccol2 specwidth specwin stoch t0 theta tol tor_per total trans tutorial uec umc \
    upc vmaxpts width xhi xlo xmax xmin xnc xp yhi ylo ymax ymin ync yp zmax zmin zp";

/// Reads all `@` lines; what is wrong with them goes to `complaints`.
pub(super) fn read_all(
    source: &Arc<Source>,
    document: &Document,
    complaints: &mut Vec<Complaint>,
) -> Options {
    let mut options = Options {
        bound: DEFAULT_BOUND,
        has_bound: false,
        step: None,
        method: None,
        is_method_missing: false,
        total: None,
        start: 0.0,
        transient: 0.0,
    };
    let mut silent_until = None;
    let all = document.items.iter().filter_map(|item| match &item.declaration {
        Declaration::Options(pairs) => Some(pairs),
        _ => None,
    });
    let all: Vec<&(Word, Word)> = all.flatten().collect();
    for (place, (name, value)) in all.iter().enumerate() {
        let known = known(&name.text);
        if let Some((_, last)) = all[place + 1..].iter().rfind(|(other, _)| self::known(&other.text) == known)
            && known.is_some_and(|known| COUNTED.contains(&known))
        {
            if last.text != value.text {
                let message =
                    format!("the option `{}` is given twice; the last, `{}`, counts", name.text, last.text);
                let complaint = Complaint::error(
                    source,
                    value.span.clone(),
                    message,
                    "XPPAUT takes the last too; remove the others",
                );
                complaints.push(complaint.as_warning());
            }
            continue;
        }
        let mut positive = || match value.text.parse::<f64>() {
            Ok(number) if number > 0.0 && number.is_finite() => Some(number),
            _ => {
                let message =
                    format!("the option `{}` needs a positive number, not `{}`", name.text, value.text);
                complaints.push(Complaint::error(
                    source,
                    value.span.clone(),
                    message,
                    "write one, such as `dt=0.01`",
                ));
                None
            }
        };
        options.has_bound |= known == Some("bound");
        match known {
            Some("bound") if is_infinite(&value.text) => options.bound = f64::MAX,
            Some("bound") => options.bound = positive().unwrap_or(DEFAULT_BOUND),
            Some(time @ ("t0" | "trans")) => match value.text.parse::<f64>() {
                Ok(number) if number.is_finite() && time == "t0" => options.start = number,
                Ok(number) if number.is_finite() => silent_until = Some((number, value)),
                _ => {
                    let message = format!("the option `{time}` needs a number, not `{}`", value.text);
                    let remedy = format!("write a time, such as `{time}=0`");
                    complaints.push(Complaint::error(source, value.span.clone(), message, remedy));
                }
            },
            Some("dt") => options.step = positive(),
            Some("total") => options.total = positive(),
            Some("meth") => match method(&value.text) {
                Ok(word) => {
                    options.method = Some(word.to_owned());
                    options.is_method_missing = false;
                }
                Err(is_known) => {
                    options.is_method_missing = is_known;
                    complaints.push(method_complaint(source, value, is_known));
                }
            },
            Some(_) => {}
            None => {
                let remedy = nearest(&name.text, OPTIONS.split_whitespace()).map_or_else(
                    || "XPPAUT has no such option; remove it".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                let message = format!("unknown option `{}`", name.text);
                complaints.push(Complaint::error(source, name.span.clone(), message, remedy));
            }
        }
    }
    // A time as `t` tells it, unlike `total`, which is a length.
    if let Some((until, value)) = silent_until {
        let transient = until - options.start;
        let total = options.total.unwrap_or(DEFAULT_TOTAL);
        if transient < total {
            options.transient = transient.max(0.0);
        } else {
            let message =
                format!("`trans={}` is not before the end, so that XPPAUT shows nothing", value.text);
            let remedy =
                "run by itself, the file is measured from its beginning; a study has `[time] transient`";
            complaints.push(Complaint::error(source, value.span.clone(), message, remedy).as_warning());
        }
    }
    options
}

/// The option of XPPAUT that a word stands for.
pub(super) fn known(name: &str) -> Option<&'static str> {
    OPTIONS.split_whitespace().filter(|known| name.starts_with(known)).max_by_key(|known| known.len())
}

/// Whether a method iterates maps.
fn is_of_maps(method: &str) -> bool {
    method.starts_with(['d', 'D'])
}

fn is_infinite(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "inf" | "+inf" | "infinity")
}

/// Our name of a method; else whether XPPAUT has it. XPPAUT looks at the first letter.
fn method(text: &str) -> Result<&'static str, bool> {
    match text.chars().next().map(|letter| letter.to_ascii_lowercase()) {
        Some('e') => Ok("euler"),
        Some('m') => Ok("heun"),
        Some('r') => Ok("rk4"),
        Some('a' | 'g' | 'v' | 'b' | 'q' | 's' | 'c' | '5' | '8' | '2' | 'y') => Err(true),
        _ => Err(false),
    }
}

fn method_complaint(source: &Arc<Source>, value: &Word, is_known: bool) -> Complaint {
    if is_of_maps(&value.text) {
        let message = format!("this is a map (`meth={}`); {MAPS_ARE_REFUSED}", value.text);
        let remedy = "it iterates a map, `x(t+1)=formula`, though the equations are written `x'=`; this method cannot be used for \
                      differential equations";
        return Complaint::error(source, value.span.clone(), message, remedy);
    }
    let remedy = "ictus has `meth=euler`, `meth=modeuler` (Heun) and `meth=rk4`; a study chooses its own, and the file by itself is run by \
                  rk4 in twentieths of its `dt`";
    let complaint = |message: String| Complaint::error(source, value.span.clone(), message, remedy);
    if is_known {
        complaint(format!("the method `{}` is XPPAUT's only, and not used here", value.text)).as_warning()
    } else {
        complaint(format!("the method `{}` cannot be used for differential equations", value.text))
    }
}
